#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "analysis/statistics.hpp"

namespace lrscape {
namespace {

/// A weight decay between two of the map: those with indices `below` and `below` + 1, with weight
/// `part` of the second. A weight decay of the map has part 0.
struct Between {
  std::size_t below;
  double part;
};

/// Where a weight decay lies on the axis, or nothing if it lies outside.
std::optional<Between> locate(const std::vector<double>& decays, double decay) {
  // A product divided by a rate, or a rounded value of a range, may miss a value by rounding.
  constexpr double rounding = 1e-9;
  for (std::size_t j = 0; j < decays.size(); ++j)
    if (std::abs(decays[j] - decay) <= rounding * decay) return Between{j, 0};
  const auto above = std::ranges::upper_bound(decays, decay);
  if (above == decays.begin() || above == decays.end()) return std::nullopt;
  const double low = *(above - 1), high = *above;
  if (!(low > 0)) return std::nullopt;
  return Between{static_cast<std::size_t>(above - decays.begin() - 1),
                 std::log(decay / low) / std::log(high / low)};
}

double loss_between(const LossMap& map, std::size_t i, const Between& place, std::size_t s) {
  const double below = map.loss(i, place.below, s);
  if (place.part == 0) return below;
  const double above = map.loss(i, place.below + 1, s);
  if (std::isnan(below) || std::isnan(above)) return std::numeric_limits<double>::quiet_NaN();
  if (std::isinf(below) || std::isinf(above)) return std::numeric_limits<double>::infinity();
  return below + place.part * (above - below);
}

/// The points of a slice with the losses of each seed.
struct Points {
  std::vector<SlicePoint> points;
  std::vector<double> losses;  ///< points x seeds; NaN if it has not run
};

Points points_of(const LossMap& map, Strategy strategy, double held) {
  Points all;
  for (std::size_t i = 0; i < map.learning_rates().size(); ++i) {
    const double rate = map.learning_rates()[i];
    const double decay = strategy == Strategy::weight_decay ? held : held / rate;
    const auto place = locate(map.weight_decays(), decay);
    if (!place) continue;
    const std::size_t seeds = map.seeds().size();
    for (std::size_t s = 0; s < seeds; ++s) all.losses.push_back(loss_between(map, i, *place, s));
    const Estimate loss = estimate_of_run(std::span(all.losses).last(seeds));
    all.points.push_back({rate, decay, loss, place->part != 0});
  }
  return all;
}

Points without_seed(const Points& all, std::size_t left_out) {
  Points rest = {all.points, {}};
  const std::size_t seeds = all.losses.size() / all.points.size();
  for (std::size_t k = 0; k < all.losses.size(); ++k)
    if (k % seeds != left_out) rest.losses.push_back(all.losses[k]);
  for (std::size_t k = 0; k < rest.points.size(); ++k)
    rest.points[k].loss =
        estimate_of_run(std::span(rest.losses).subspan(k * (seeds - 1), seeds - 1));
  return rest;
}

std::optional<std::size_t> best_of(const std::vector<SlicePoint>& points) {
  std::optional<std::size_t> best;
  for (std::size_t k = 0; k < points.size(); ++k)
    if (std::isfinite(points[k].loss.value) &&
        (!best || points[k].loss.value < points[*best].loss.value))
      best = k;
  return best;
}

/// How far from the first of two neighbours the loss, linear in the logarithm of the learning rate,
/// crosses `level`, as a share of their distance.
double crossing(const SlicePoint& first, const SlicePoint& second, double level) {
  return (level - first.loss.value) / (second.loss.value - first.loss.value);
}

struct Width {
  double expected_best;
  double decades = 0;
  double low = 0, high = 0;
  bool opens_low = false, opens_high = false;
};

std::optional<Width> width_of(const Points& all, double within) {
  const std::vector<SlicePoint>& points = all.points;
  const auto best = best_of(points);
  if (!best || points.size() < 2) return std::nullopt;
  const double least = *expected_best(all.losses, all.losses.size() / points.size());
  const double level = least + within * std::abs(least);
  const auto is_inside = [&](std::size_t k) { return points[k].loss.value <= level; };
  // Beyond the ends and the points that have not run, nothing is known.
  const auto is_unknown = [&](std::size_t k) {
    return k >= points.size() || std::isnan(points[k].loss.value);
  };
  Width width = {least};
  width.low = width.high = points[*best].learning_rate;
  const auto include = [&](double rate) {
    width.low = std::min(width.low, rate);
    width.high = std::max(width.high, rate);
  };
  for (std::size_t k = 0; k < points.size(); ++k) {
    if (!is_inside(k)) continue;
    include(points[k].learning_rate);
    width.opens_low = width.opens_low || k == 0 || is_unknown(k - 1);
    width.opens_high = width.opens_high || is_unknown(k + 1);
  }
  for (std::size_t k = 0; k + 1 < points.size(); ++k) {
    if (is_unknown(k) || is_unknown(k + 1)) continue;
    const double distance = std::log10(points[k + 1].learning_rate / points[k].learning_rate);
    if (is_inside(k) && is_inside(k + 1)) {
      width.decades += distance;
    } else if (is_inside(k) || is_inside(k + 1)) {
      const SlicePoint& inside = points[is_inside(k) ? k : k + 1];
      const SlicePoint& outside = points[is_inside(k) ? k + 1 : k];
      // A diverged point is beyond every level.
      const double part = std::isinf(outside.loss.value) ? 0 : crossing(inside, outside, level);
      width.decades += part * distance;
      include(inside.learning_rate * std::pow(outside.learning_rate / inside.learning_rate, part));
    }
  }
  return width;
}

}  // namespace

Slice slice(const LossMap& map, Strategy strategy, double held, double within) {
  const Points all = points_of(map, strategy, held);
  Slice slice = {strategy, held, all.points, best_of(all.points), within, {}, 0, 0, true, true};
  const auto width = width_of(all, within);
  if (!width) return slice;
  slice.low = width->low;
  slice.high = width->high;
  slice.opens_low = width->opens_low;
  slice.opens_high = width->opens_high;
  slice.expected_best = width->expected_best;
  slice.decades = over_seeds(map.seeds().size(), width->decades, [&](std::size_t s) {
    const auto other = width_of(without_seed(all, s), within);
    return other ? std::optional(other->decades) : std::nullopt;
  });
  if (slice.decades->low < 0) slice.decades->low = 0;  // No width is negative.
  return slice;
}

}  // namespace lrscape
