#pragma once

#include <cstdint>

#include "lrscape/numerics/pairwise_sum.hpp"
#include "lrscape/numerics/platform.hpp"
#include "lrscape/space.hpp"

/// What the kernels of every backend see of a sweep, as plain pointers: host or device memory.
namespace lrscape {

/// Rows are `stride` apart, a multiple of the summation block; columns from d to stride hold zeros.
template <class Real>
struct DataView {
  const Real* features;  ///< rows x stride
  const Real* targets;   ///< rows
  std::int32_t rows;
};

/// In Gram space the features of a row are its products with all training rows, and what is called
/// weights are the coordinates.
template <class Real>
struct TrainingView {
  DataView<Real> train;
  DataView<Real> validation;
  Space space;
  std::int32_t features;  ///< d, or n in Gram space
  std::int32_t stride;    ///< rounded up to a multiple of the summation block
  std::int32_t epochs;
  std::int32_t steps_of_epoch;
  std::int32_t batch_size;  ///< of all steps of an epoch but perhaps its last
  bool record_epochs;       ///< Losses after each epoch, or after the last alone.
  bool train_loss;          ///< Whether the loss on the training rows is wanted, too.
  Real batch_scale;         ///< Of loss_derivative(), for a batch of batch_size,
  Real last_batch_scale;    ///< and for the last of an epoch.

  LRSCAPE_HOST_DEVICE Real scale_of(std::int32_t batch) const {
    return batch == batch_size ? batch_scale : last_batch_scale;
  }

  /// Whether losses are wanted after an epoch, counted from 1.
  LRSCAPE_HOST_DEVICE bool evaluates(std::int32_t epoch) const {
    return record_epochs || epoch == epochs;
  }

  LRSCAPE_HOST_DEVICE std::int32_t recorded_epochs() const { return record_epochs ? epochs : 1; }

  /// Where the losses after such an epoch are recorded.
  LRSCAPE_HOST_DEVICE std::int32_t record_of(std::int32_t epoch) const {
    return record_epochs ? epoch - 1 : 0;
  }

  /// Derivatives that a run keeps at once: of the rows of a batch, or of all rows in Gram space, where
  /// they are the gradient.
  LRSCAPE_HOST_DEVICE std::int32_t derivatives() const {
    return space == Space::gram ? train.rows : batch_size;
  }
};

/// `diverged_at` of a run whose weights have stayed finite.
inline constexpr std::int32_t not_diverged = -1;

/// Whether a value is neither infinite nor NaN, without a library call that kernels lack.
template <class Real>
LRSCAPE_HOST_DEVICE bool is_finite(Real value) {
  return value - value == Real(0);
}

/// The loss to be recorded of a run that has diverged, or not yet, as RunStatus has it: +infinity
/// for what is not finite and for all from its divergence on, so that a mean over seeds cannot hide
/// it.
template <class Real>
LRSCAPE_HOST_DEVICE Real recorded_loss(Real loss, std::int32_t diverged_at) {
  return diverged_at == not_diverged && is_finite(loss) ? loss : Real(HUGE_VAL);
}

/// Whether a run is to be called diverged for its validation loss after the last epoch alone.
template <class Real>
LRSCAPE_HOST_DEVICE bool diverges_late(Real validation_loss, std::int32_t diverged_at) {
  return diverged_at == not_diverged && !is_finite(validation_loss);
}

/// The derivative of the mean of (prediction - target)^2 over a batch with respect to one
/// prediction. `scale` is 2 / |B|.
template <class V, class Real>
LRSCAPE_HOST_DEVICE V loss_derivative(V prediction, Real target, Real scale) {
  return (prediction - V(target)) * V(scale);
}

}  // namespace lrscape
