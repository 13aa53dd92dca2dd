#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "lrscape/backend.hpp"
#include "sweep/outputs.hpp"

namespace lrscape {

/// Assigns the runs of some groups, all of one configuration, to the blocks of a launch. Each group
/// starts a new block, and its last block is padded with copies of its last run.
template <class Real>
struct LaunchPlan {
  struct Place {
    std::size_t group;
    std::size_t run;
    std::size_t place;
  };

  std::vector<Place> places;             ///< one per run, in the order of the groups
  std::vector<std::int32_t> block_seed;  ///< for each block
  std::vector<Real> learning_rate;       ///< for each place, like the next two
  std::vector<Real> weight_decay;
  std::vector<Real> decay_rate;

  std::size_t runs() const { return learning_rate.size(); }
};

/// `chosen` are indices into `groups`.
template <class Real>
LaunchPlan<Real> plan_launch(std::span<const RunGroup> groups,
                             const std::vector<std::size_t>& chosen, std::size_t block_runs) {
  LaunchPlan<Real> plan;
  for (const std::size_t g : chosen) {
    const RunGroup& group = groups[g];
    const std::size_t runs = group.learning_rate.size();
    const std::size_t blocks = (runs + block_runs - 1) / block_runs;
    plan.block_seed.insert(plan.block_seed.end(), blocks, static_cast<std::int32_t>(group.seed));
    for (std::size_t k = 0; k < blocks * block_runs; ++k) {
      const std::size_t run = std::min(k, runs - 1);
      if (k < runs) plan.places.push_back({g, run, plan.runs()});
      plan.learning_rate.push_back(static_cast<Real>(group.learning_rate[run]));
      plan.weight_decay.push_back(static_cast<Real>(group.weight_decay[run]));
      plan.decay_rate.push_back(
          static_cast<Real>(group.learning_rate[run] * group.weight_decay[run]));
    }
  }
  return plan;
}

/// Copies the outputs of a launch into the results of its groups.
template <class Real>
void collect(const LaunchPlan<Real>& plan, const Outputs<Real>& outputs, const Sweep& sweep,
             Space space, std::span<RunResults> results) {
  for (const auto& [group, run, place] : plan.places)
    collect(outputs, place, sweep, space, run, results[group]);
}

}  // namespace lrscape
