#pragma once

#include <cstdint>

#include "backend/training_view.hpp"
#include "lrscape/optimizer/optimizer.hpp"

namespace lrscape {

/// Arguments of one launch of a training kernel: blocks of runs, all of one configuration. In the
/// shapes below, "runs" counts all places of the launch. Padding places repeat a run of the sweep,
/// and their results are ignored.
template <class Optimizer, class Real>
struct LaunchArguments {
  TrainingView<Real> training;  ///< with rows in the order in which the kernel reads them
  const typename Optimizer::template StepValues<Real>* step_values;  ///< step t at index t - 1
  const std::int32_t* row_orders;                                    ///< seeds x epochs x rows
  const std::int32_t* block_seed;  ///< for each block, index of its seed in row_orders
  Rates<const Real*> rates;        ///< arrays of `runs` values

  Real* validation_loss;      ///< (epochs or 1) x runs
  Real* train_loss;           ///< same shape; unused if not requested
  std::int32_t* diverged_at;  ///< runs
  Real* weights;              ///< features x runs, or null if not requested
};

}  // namespace lrscape
