#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "analysis/statistics.hpp"
#include "base/text.hpp"
#include "lrscape/error.hpp"

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

std::optional<std::size_t> best_of(const std::vector<SlicePoint>& points) {
  std::optional<std::size_t> best;
  for (std::size_t k = 0; k < points.size(); ++k)
    if (std::isfinite(points[k].loss.value) &&
        (!best || points[k].loss.value < points[*best].loss.value))
      best = k;
  return best;
}

/// Where a number that belongs to each point, linear in the logarithm of the learning rate between
/// points, is at most 0.
struct Ranges {
  std::vector<RateRange> ranges = {};
  bool opens_low = false, opens_high = false;

  double decades() const {
    double sum = 0;
    for (const RateRange& range : ranges) sum += std::log10(range.high) - std::log10(range.low);
    return sum;
  }
};

/// `numbers[k]` belongs to point k, and is NaN if the point has not run. An infinite one decides
/// all up to the next point.
Ranges ranges_of(const std::vector<SlicePoint>& points, const std::vector<double>& numbers) {
  // A learning rate of 0 has no logarithm. Beyond the ends, nothing is known.
  const auto is_known = [&](std::size_t k) {
    return k < points.size() && !std::isnan(numbers[k]) && points[k].learning_rate > 0;
  };
  const auto is_inside = [&](std::size_t k) { return is_known(k) && numbers[k] <= 0; };
  const auto end_beside = [&](std::size_t inside, std::size_t outside) {
    const double rate = points[inside].learning_rate;
    if (!is_known(outside) || std::isinf(numbers[outside])) return rate;
    if (std::isinf(numbers[inside])) return points[outside].learning_rate;
    const double part = numbers[inside] / (numbers[inside] - numbers[outside]);
    return rate * std::pow(points[outside].learning_rate / rate, part);
  };
  Ranges all;
  for (std::size_t k = 0; k < points.size(); ++k) {
    if (!is_inside(k)) continue;
    const std::size_t before = k - 1, after = k + 1;  // The one before the first is not known.
    if (!is_inside(before)) {
      all.ranges.push_back({end_beside(k, before), points[k].learning_rate});
      all.opens_low = all.opens_low || !is_known(before);
    }
    if (!is_inside(after)) {
      all.ranges.back().high = end_beside(k, after);
      all.opens_high = all.opens_high || !is_known(after);
    }
  }
  return all;
}

/// How far the losses of each point are above the limit, at least and at most.
struct Margins {
  std::vector<double> least, most;
};

/// The ends of 95 % intervals of the mean difference to the limit, seed by seed. The limit of a
/// seed is (1 + within) times its loss at the best point. Two points serve as the best: the one
/// with the least mean, whose losses are too low on average because it was chosen for them, and the
/// one that is best for the other seeds, whose losses are too high. The extremes over both count.
Margins margins_of(const Points& all, std::size_t best, const std::vector<double>& left_out,
                   double within) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::size_t seeds = left_out.size();
  const std::vector<double> losses_of_best(
      all.losses.begin() + static_cast<std::ptrdiff_t>(best * seeds),
      all.losses.begin() + static_cast<std::ptrdiff_t>((best + 1) * seeds));
  Margins margins;
  for (std::size_t k = 0; k < all.points.size(); ++k) {
    double least = infinity, most = -infinity;
    for (const auto* const reference : {&losses_of_best, &left_out}) {
      std::vector<double> excess;
      for (std::size_t s = 0; s < seeds; ++s) {
        const double loss = all.losses[k * seeds + s], best_loss = (*reference)[s];
        if (!std::isnan(loss) && std::isfinite(best_loss))
          excess.push_back(loss - best_loss - within * std::abs(best_loss));
      }
      if (excess.size() < fewest_seeds) {  // Too few common seeds tell nothing.
        least = -infinity;
        most = infinity;
        continue;
      }
      const Estimate mean = estimate(excess);
      const double reach = student_reach(excess.size()) * mean.standard_error;
      least = std::min(least, mean.value - reach);
      most = std::max(most, mean.value + reach);
    }
    // Nothing is known of a point that has not run, and no point that diverged is within.
    const double loss = all.points[k].loss.value;
    margins.least.push_back(std::isfinite(loss) ? least : loss);
    margins.most.push_back(std::isfinite(loss) ? most : loss);
  }
  return margins;
}

/// A width, from the points that are surely within to those that may be: see Slice::decades.
Interval interval_of(const Points& all, std::size_t best, const std::vector<double>& left_out,
                     double within, double decades) {
  const std::size_t seeds = left_out.size();
  const std::span<const double> losses = std::span(all.losses).subspan(best * seeds, seeds);
  const auto has_run = [](double loss) { return !std::isnan(loss); };
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  if (static_cast<std::size_t>(std::ranges::count_if(losses, has_run)) < fewest_seeds)
    return {decades, unknown, unknown};
  const Margins margins = margins_of(all, best, left_out, within);
  return {decades, std::min(decades, ranges_of(all.points, margins.most).decades()),
          std::max(decades, ranges_of(all.points, margins.least).decades())};
}

}  // namespace

std::string why_no_points(const LossMap& map, Strategy strategy, double held) {
  const std::vector<double>& decays = map.weight_decays();
  if (strategy == Strategy::product)
    return fmt::format("{} gives no learning rate a weight decay on the map", to_text(held));
  if (!(held >= decays.front() && held <= decays.back()))
    return fmt::format("{} is outside the weight decays of the map, {} to {}", to_text(held),
                       to_text(decays.front()), to_text(decays.back()));
  return fmt::format("{} lies between 0 and {}, and a slice cannot interpolate from 0",
                     to_text(held), to_text(decays[1]));
}

Slice slice(const LossMap& map, Strategy strategy, double held, double within) {
  if (!(within > 0 && within < 1))
    throw InputError(fmt::format("within must be above 0 and below 1, not {}", within));
  const Points all = points_of(map, strategy, held);
  const auto best = best_of(all.points);
  Slice slice = {strategy, held, all.points, best, within, {}, {}, true, true};
  if (!best || all.points.size() < 2) return slice;
  const std::size_t seeds = map.seeds().size();
  const CrossValidation validated = cross_validate(all.losses, seeds);
  slice.expected_best = validated.expected();
  // The best point belongs to it, even if rounding or missing runs put its mean above the rest.
  const double limit = std::max(*slice.expected_best + within * std::abs(*slice.expected_best),
                                all.points[*best].loss.value);
  std::vector<double> excess;
  for (const SlicePoint& point : all.points) excess.push_back(point.loss.value - limit);
  const Ranges found = ranges_of(all.points, excess);
  slice.ranges = found.ranges;
  slice.opens_low = found.opens_low;
  slice.opens_high = found.opens_high;
  slice.decades = interval_of(all, *best, validated.left_out, within, found.decades());
  return slice;
}

}  // namespace lrscape
