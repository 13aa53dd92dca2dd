#include <limits>

#include "lrscape/result.hpp"

namespace lrscape {

RunResults empty_results(const Sweep& sweep, std::size_t runs, bool keep_weights) {
  const std::size_t records = runs * static_cast<std::size_t>(sweep.recorded_epochs());
  RunResults result;
  result.validation_loss.resize(records, std::numeric_limits<double>::quiet_NaN());
  if (sweep.train_loss) result.train_loss = result.validation_loss;
  result.status.resize(runs, RunStatus::not_run);
  result.diverged_at_epoch.resize(runs, -1);
  if (keep_weights) result.weights.resize(runs * sweep.problem.features.columns);
  return result;
}

}  // namespace lrscape
