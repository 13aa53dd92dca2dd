#pragma once

#include <cstdint>

#include "backend/training_view.hpp"
#include "memory_layout.hpp"
#include "register_layout.hpp"

/// Counts the traffic between a GPU's multiprocessors and its L2 cache or memory, from the code of
/// the kernels. Savings by the cache inside a multiprocessor are not subtracted.
namespace lrscape {

/// The numbers of epochs, steps and evaluations of a training if no run diverges.
struct TrainingCounts {
  double epochs;
  double steps_of_epoch;
  double evaluations;

  template <class Real>
  explicit TrainingCounts(const TrainingView<Real>& view)
      : epochs(view.epochs),
        steps_of_epoch(view.steps_of_epoch),
        evaluations(view.recorded_epochs()) {}
  double steps() const { return epochs * steps_of_epoch; }
};

/// Moved values of weights and states: none, because they never leave the registers.
template <class Real, int RowPadding>
double moved_state(const RegisterLayout<Real, RowPadding>& /*layout*/,
                   const TrainingView<Real>& /*view*/, int /*state_slots*/) {
  return 0;
}

/// Moved values of derivatives, which each step writes and reads, and of weights and states if they
/// are in global memory. The prediction of each group of rows reads the weights. The update of a
/// step reads and writes weights and states. The divergence check after each epoch reads the
/// weights.
template <class Real>
double moved_state(const MemoryLayout<Real>& layout, const TrainingView<Real>& view,
                   int state_slots) {
  const TrainingCounts counts(view);
  const auto groups = [](std::int32_t rows) {
    constexpr std::int32_t group = MemoryLayout<Real>::row_group;
    const std::int32_t count = (rows + group - 1) / group;
    return static_cast<double>(count);
  };
  double values = 2 * counts.epochs * view.train.rows * layout.runs();
  if (layout.state_in_shared) return values;
  const auto slot = static_cast<double>(layout.slot_values());
  const auto state = static_cast<double>(layout.state_values(state_slots));
  const double last_batch = view.train.rows - (counts.steps_of_epoch - 1) * view.batch_size;
  const double groups_of_epoch = (counts.steps_of_epoch - 1) * groups(view.batch_size) +
                                 groups(static_cast<std::int32_t>(last_batch));
  const double groups_of_evaluation =
      groups(view.validation.rows) + (view.train_loss ? groups(view.train.rows) : 0);
  values += state;  // zeros at the start
  values +=
      slot * (counts.epochs * (groups_of_epoch + 1) + counts.evaluations * groups_of_evaluation);
  values += 2 * state * counts.steps();
  return values;
}

/// Bytes that a block of runs moves during its whole training: the rows of the batches with their
/// targets and indices, once per load; the rows of evaluations; the optimizer's step values; and
/// the inputs and outputs of each run.
template <class Optimizer, class Real, class Layout>
double moved_bytes(const Layout& layout, const TrainingView<Real>& view, bool keep_weights) {
  const TrainingCounts counts(view);
  const double row = (layout.row_values() + 1.0) * sizeof(Real);
  // In Gram space the gradient needs no rows.
  const int loads = view.space == Space::gram ? 1 : layout.loads_of_batch();
  const double batches = loads * counts.epochs * view.train.rows * (row + sizeof(std::int32_t));
  const double losses =
      counts.evaluations * (view.validation.rows + (view.train_loss ? view.train.rows : 0)) * row;
  const double steps = counts.steps() * sizeof(typename Optimizer::template StepValues<Real>);
  const double run =
      (3 + counts.evaluations * (view.train_loss ? 2 : 1) + (keep_weights ? view.features : 0)) *
          sizeof(Real) +
      sizeof(std::int32_t);
  return batches + losses + steps + layout.runs() * run +
         moved_state(layout, view, Optimizer::state_slots) * sizeof(Real);
}

}  // namespace lrscape
