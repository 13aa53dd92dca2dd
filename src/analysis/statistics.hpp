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

/// The loss to expect from the best of several candidates: see expected_best_loss(). The loss of
/// candidate k for seed s is losses[k * seeds + s]; NaN if it has not run. Nothing if no candidate
/// has a finite mean.
std::optional<double> expected_best(std::span<const double> losses, std::size_t seeds);

/// The 95 % interval of a statistic from its values without each of the seeds.
Interval jackknife(double value, std::span<const double> without_each_seed);

/// The interval of a statistic over `seeds` seeds. `without_seed(s)` returns its value without seed
/// s, an optional number.
template <class Statistic>
Interval over_seeds(std::size_t seeds, double value, const Statistic& without_seed) {
  std::vector<double> without;
  for (std::size_t s = 0; seeds > 1 && s < seeds; ++s) {
    const auto one = without_seed(s);
    if (!one) return jackknife(value, {});
    without.push_back(*one);
  }
  return jackknife(value, without);
}

}  // namespace lrscape
