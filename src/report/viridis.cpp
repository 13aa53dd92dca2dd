#include "report/viridis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace lrscape {
namespace {

/// Viridis (S. van der Walt and N. Smith, 2015, CC0) at multiples of 1/16.
constexpr std::array<int, 17> viridis_truecolor = {
    0x440154, 0x48186A, 0x472D7B, 0x424086, 0x3B528B, 0x33638D, 0x2C728E, 0x26828E, 0x21918C,
    0x1F9F88, 0x27AD81, 0x3DBC74, 0x5CC863, 0x81D34D, 0xAADC32, 0xD5E21A, 0xFDE725};

}  // namespace

int viridis(double brightness) {
  const double place = brightness * static_cast<double>(viridis_truecolor.size() - 1);
  const std::size_t left = std::min(static_cast<std::size_t>(place), viridis_truecolor.size() - 2);
  const double share = place - static_cast<double>(left);
  int color = 0;
  for (const int shift : {16, 8, 0}) {
    const double from = viridis_truecolor[left] >> shift & 255;
    const double to = viridis_truecolor[left + 1] >> shift & 255;
    color |= static_cast<int>(std::lround(from + share * (to - from))) << shift;
  }
  return color;
}

}  // namespace lrscape
