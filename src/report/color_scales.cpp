#include "report/color_scales.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

namespace lrscape {
namespace {

/// The scale of one map, in the units in which colours are even. NaN if no loss is finite.
struct OwnScale {
  bool logarithmic;
  double low, high;

  double middle() const { return std::midpoint(low, high); }
  double length() const { return high - low; }
};

OwnScale own_scale(const LossMap& map) {
  const ColorScale scale = color_scale(map.means());
  if (!scale.logarithmic()) return {false, scale.low, scale.high};
  return {true, std::log(scale.low), std::log(scale.high)};
}

struct Group {
  std::string data;
  bool logarithmic;
  double lowest_middle, shortest, longest;

  /// `scale` begins at or above all scales of the group.
  bool accepts(const std::string& other_data, const OwnScale& scale) const {
    if (data != other_data) return false;
    if (std::isnan(scale.low)) return true;
    constexpr double most_ratio = 4;
    return logarithmic == scale.logarithmic && scale.low <= lowest_middle &&
           std::max(longest, scale.length()) <= most_ratio * std::min(shortest, scale.length());
  }
  void add(const OwnScale& scale) {
    if (std::isnan(scale.low)) return;
    lowest_middle = std::min(lowest_middle, scale.middle());
    shortest = std::min(shortest, scale.length());
    longest = std::max(longest, scale.length());
  }
};

/// The same numbers from 0 on, in the order in which they first appear.
std::vector<std::size_t> renumbered(const std::vector<std::size_t>& numbers) {
  std::vector<std::size_t> known, all;
  for (const std::size_t number : numbers) {
    const auto found = std::ranges::find(known, number);
    all.push_back(static_cast<std::size_t>(found - known.begin()));
    if (found == known.end()) known.push_back(number);
  }
  return all;
}

}  // namespace

std::vector<std::size_t> scale_groups(const std::vector<const ChosenMap*>& maps) {
  std::vector<OwnScale> scales;
  for (const ChosenMap* const one : maps) scales.push_back(own_scale(one->map));
  std::vector<std::size_t> order(maps.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::ranges::stable_sort(order, {}, [&](std::size_t k) {
    return std::isnan(scales[k].low) ? infinity : scales[k].low;
  });
  std::vector<Group> groups;
  std::vector<std::size_t> group_of(maps.size());
  for (const std::size_t k : order) {
    // Maps without checksums share data if they belong to the same result.
    const std::string& data = maps[k]->data.empty() ? maps[k]->path : maps[k]->data;
    auto group = std::ranges::find_if(
        groups, [&](const Group& one) { return one.accepts(data, scales[k]); });
    if (group == groups.end())
      group = groups.insert(group, {data, scales[k].logarithmic, infinity, infinity, -infinity});
    group->add(scales[k]);
    group_of[k] = static_cast<std::size_t>(group - groups.begin());
  }
  return renumbered(group_of);
}

std::vector<ColorScale> color_scales(const std::vector<ChosenMap>& maps) {
  std::vector<const ChosenMap*> pointers;
  for (const ChosenMap& one : maps) pointers.push_back(&one);
  const std::vector<std::size_t> groups = scale_groups(pointers);
  std::vector<std::vector<double>> losses(maps.size());  // At most as many groups.
  for (std::size_t k = 0; k < maps.size(); ++k)
    std::ranges::copy(maps[k].map.means(), std::back_inserter(losses[groups[k]]));
  std::vector<ColorScale> scales;
  for (const std::size_t group : groups) scales.push_back(color_scale(losses[group]));
  return scales;
}

}  // namespace lrscape
