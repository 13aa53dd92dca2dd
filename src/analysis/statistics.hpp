#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "lrscape/analysis.hpp"

namespace lrscape {

/// The mean of the values and its standard error.
Estimate estimate(std::span<const double> values);

/// The loss to expect from the best of several candidates: see expected_best_loss(). The loss of
/// candidate k for seed s is losses[k * seeds + s]; NaN if it has not run. Nothing if no candidate
/// has a finite mean.
std::optional<double> expected_best(std::span<const double> losses, std::size_t seeds);

/// The 95 % interval of a statistic from its values without each of the seeds.
Interval jackknife(double value, std::span<const double> without_each_seed);

/// The interval of a statistic of the map. `statistic(map)` returns an optional number.
template <class Statistic>
Interval over_seeds(const LossMap& map, double value, const Statistic& statistic) {
  std::vector<double> without;
  for (std::size_t s = 0; map.seeds().size() > 1 && s < map.seeds().size(); ++s) {
    const auto one = statistic(map.without_seed(s));
    if (!one) return jackknife(value, {});
    without.push_back(*one);
  }
  return jackknife(value, without);
}

}  // namespace lrscape
