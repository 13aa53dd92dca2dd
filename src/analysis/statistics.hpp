#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "lrscape/analysis.hpp"

namespace lrscape {

/// The mean of the values and its standard error.
Estimate estimate(std::span<const double> values);

/// The same over the seeds that have run: the losses that are not NaN.
Estimate estimate_of_run(std::span<const double> losses);

/// The best of several candidates, chosen by some seeds and judged by others.
struct CrossValidation {
  double least_mean;  ///< over all seeds; infinite if no candidate has a finite mean
  /// For each seed its loss with the candidate that has the least mean over the other seeds. Not
  /// finite if the seed has not run there or diverged.
  std::vector<double> left_out;

  /// The loss to expect from the best candidate: see expected_best_loss().
  double expected() const;
};

/// The loss of candidate k for seed s is losses[k * seeds + s]; NaN if it has not run.
CrossValidation cross_validate(std::span<const double> losses, std::size_t seeds);

/// The quantile of Student's t for a two-sided 95 % interval of the mean of `count` values.
double student_reach(std::size_t count);

/// The fewest seeds for an interval. Two values may be close by chance.
inline constexpr std::size_t fewest_seeds = 3;

/// The 95 % interval of a statistic from its values without each of the seeds.
Interval jackknife(double value, std::span<const double> without_each_seed);

/// The map without the seeds that have not run in every cell in which a seed has run.
LossMap with_complete_seeds(const LossMap& map);

/// The interval of a statistic of a map, an optional number, around its value. An unfinished map
/// has the interval of its complete seeds.
template <class Statistic>
Interval over_seeds(const LossMap& map, double value, const Statistic& statistic) {
  const LossMap complete = with_complete_seeds(map);
  std::vector<double> without;
  for (std::size_t s = 0; complete.seeds().size() > 1 && s < complete.seeds().size(); ++s) {
    const auto one = statistic(complete.without_seed(s));
    if (!one) return jackknife(value, {});
    without.push_back(*one);
  }
  return jackknife(value, without);
}

}  // namespace lrscape
