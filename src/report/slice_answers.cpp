#include "report/slice_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "report/answers.hpp"

namespace lrscape {
namespace {

/// What ends a slice whose first or last loss is still within the share of the best.
std::string where_it_ends(const NamedSlice& named) {
  const LossMap& map = named.chosen->map;
  const auto& points = named.slice.points;
  const bool by_decay =
      (named.slice.opens_low && points.front().learning_rate > map.learning_rates().front()) ||
      (named.slice.opens_high && points.back().learning_rate < map.learning_rates().back());
  if (std::ranges::any_of(points, [](const SlicePoint& p) { return std::isnan(p.loss.value); }))
    return "the slice ends, or has points that have not run, before the loss rises";
  return fmt::format("the slice ends at the edge of {}{} before the loss rises",
                     named.chosen->is_cut ? "this part" : "the map",
                     by_decay ? ", at its lowest or highest weight decay," : "");
}

/// Two decimals, or three of a small number.
std::string decades_text(double decades) {
  constexpr double small = 0.1;
  return decades < small ? fmt::format("{:.3f}", decades) : two_decimals(decades);
}

}  // namespace

std::vector<std::string> slice_answers(const NamedSlice& named, bool unicode) {
  const Slice& slice = named.slice;
  std::vector<std::string> lines;
  if (!slice.best) return lines;
  const SlicePoint& best = slice.points[*slice.best];
  lines.push_back(fmt::format("best validation loss {} at lr {} wd {}, mean of {}",
                              for_people(best.loss, unicode), for_people(best.learning_rate),
                              for_people(best.weight_decay), seeds_text(named.chosen->map)));
  if (named.chosen->map.seeds().size() == 1)
    lines.emplace_back("a single seed gives no standard error and no interval");
  if (slice.decades) {
    lines.push_back(fmt::format("width: {}{} decades of the learning rate{}",
                                slice.opens_low || slice.opens_high ? "at least " : "",
                                decades_text(slice.decades->value),
                                interval_text(*slice.decades, decades_text)));
    lines.push_back(fmt::format(
        "the loss is within {:g} % of the expected best, {}, {} lr {} to {}", 100 * slice.within,
        for_people(*slice.expected_best),
        slice.ranges.size() > 1 ? fmt::format("in {} separate ranges of", slice.ranges.size())
                                : "from",
        for_people(slice.ranges.front().low), for_people(slice.ranges.back().high)));
  }
  if (slice.decades && (slice.opens_low || slice.opens_high)) lines.push_back(where_it_ends(named));
  std::size_t interpolated = 0, not_run = 0;
  for (const SlicePoint& point : slice.points) {
    interpolated += point.interpolated;
    not_run += std::isnan(point.loss.value);
  }
  if (not_run > 0)
    lines.push_back(fmt::format("{} of {} points have not run", not_run, slice.points.size()));
  if (interpolated > 0)
    lines.push_back(fmt::format("{} of {} points are interpolated between two weight decays",
                                interpolated, slice.points.size()));
  return lines;
}

}  // namespace lrscape
