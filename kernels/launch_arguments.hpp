#pragma once

#include <cstdint>

#include "backend/training_view.hpp"
#include "lrscape/optimizer/optimizer.hpp"

namespace lrscape {

/// One launch of a training kernel: blocks of so many runs, all of one optimizer. "Runs" counts all
/// places of the launch; those that are no run of the sweep repeat one, and their results are not
/// looked at.
template <class Optimizer, class Real>
struct LaunchArguments {
  TrainingView<Real> training;  ///< with rows laid out as the kernel reads them
  const typename Optimizer::template StepValues<Real>* step_values;  ///< step t at t - 1
  const std::int32_t* row_orders;                                    ///< seeds x epochs x rows
  const std::int32_t* block_seed;  ///< for each block, its index there
  Rates<const Real*> rates;        ///< each of runs

  Real* validation_loss;      ///< (epochs or 1) x runs
  Real* train_loss;           ///< likewise; unused if not wanted
  std::int32_t* diverged_at;  ///< runs
  Real* weights;              ///< features x runs, or null if not wanted
};

}  // namespace lrscape
