#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "backend/training_view.hpp"
#include "lrscape/backend.hpp"
#include "sweep/gram.hpp"

namespace lrscape {

/// How the runs of some groups, all of one optimizer, are laid over the blocks of a launch: a group
/// begins a new block, and its last block is filled up by repeating its last run.
template <class Real>
struct LaunchPlan {
  struct Place {
    std::size_t group;
    std::size_t run;
    std::size_t place;
  };

  std::vector<Place> places;             ///< of every run, in the order of the groups
  std::vector<std::int32_t> block_seed;  ///< for each block
  std::vector<Real> learning_rate;       ///< for each place, and so on
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

/// Takes the outputs of a launch, in host memory and in the layout of LaunchArguments, apart into the
/// results of its groups. `train_loss` and `weights` may be null.
template <class Real>
void collect(const LaunchPlan<Real>& plan, const Sweep& sweep, Space space,
             const Real* validation_loss, const Real* train_loss, const std::int32_t* diverged_at,
             const Real* weights, std::span<RunResults> results) {
  const auto records = static_cast<std::size_t>(sweep.recorded_epochs());
  const std::size_t features = sweep.problem.features.columns;
  for (const auto& [group, run, place] : plan.places) {
    RunResults& result = results[group];
    for (std::size_t e = 0; e < records; ++e) {
      result.validation_loss[run * records + e] = validation_loss[e * plan.runs() + place];
      if (train_loss != nullptr)
        result.train_loss[run * records + e] = train_loss[e * plan.runs() + place];
    }
    result.diverged_at_epoch[run] = diverged_at[place];
    result.status[run] = diverged_at[place] == not_diverged ? RunStatus::ok : RunStatus::diverged;
    if (weights == nullptr) continue;
    double* const result_weights = result.weights.data() + run * features;
    if (space == Space::gram)
      weights_of(sweep.problem.features, weights + place, plan.runs(), result_weights);
    else
      for (std::size_t j = 0; j < features; ++j)
        result_weights[j] = weights[j * plan.runs() + place];
  }
}

}  // namespace lrscape
