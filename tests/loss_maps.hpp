#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "lrscape/analysis.hpp"

namespace lrscape::test {

using Values = std::vector<double>;

inline constexpr double not_run = std::numeric_limits<double>::quiet_NaN();

/// One seed.
inline LossMap map_of(const Values& rates, const Values& decays, const Values& losses) {
  return {rates, decays, {0}, losses};
}

/// The quantile p = 0.975 of Student's t with two degrees of freedom, that is for three seeds:
/// (2 p - 1) / sqrt(2 p (1 - p)).
inline const double students_t = (2 * 0.975 - 1) / std::sqrt(2 * 0.975 * 0.025);

/// Close to a normal number: 12 uniform numbers, shifted. The generator is the same everywhere.
inline double noise(std::uint64_t& state) {
  double sum = -6;
  for (int k = 0; k < 12; ++k) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    sum += static_cast<double>(state >> 11) / 9007199254740992.0;
  }
  return sum;
}

}  // namespace lrscape::test
