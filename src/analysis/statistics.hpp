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

/// The map without each of its seeds; empty if there is only one seed.
std::vector<LossMap> without_each_seed(const LossMap& map);

/// The interval of a statistic of a map, from its values without each seed. `statistic(map)`
/// returns an optional number.
template <class Statistic>
Interval over_seeds(std::span<const LossMap> without_each, double value,
                    const Statistic& statistic) {
  std::vector<double> without;
  for (const LossMap& rest : without_each) {
    const auto one = statistic(rest);
    if (!one) return jackknife(value, {});
    without.push_back(*one);
  }
  return jackknife(value, without);
}

}  // namespace lrscape
