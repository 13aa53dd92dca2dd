#pragma once

#include <cstdint>

#include "lrscape/numerics/pairwise_sum.hpp"
#include "lrscape/numerics/platform.hpp"
#include "lrscape/space.hpp"

/// The data of a sweep for the kernels of all backends: plain pointers to host or device memory.
namespace lrscape {

/// Rows are `stride` elements apart, a multiple of the summation block. Columns d .. stride - 1
/// hold zeros.
template <class Real>
struct DataView {
  const Real* features;  ///< rows x stride
  const Real* targets;   ///< rows
  std::int32_t rows;
};

/// In Gram space, the features of a row are its products with all training rows, and the weights
/// are the coordinates u.
template <class Real>
struct TrainingView {
  DataView<Real> train;
  DataView<Real> validation;
  Space space;
  std::int32_t features;  ///< d, or n in Gram space
  std::int32_t stride;    ///< rounded up to a multiple of the summation block
  std::int32_t epochs;
  std::int32_t steps_of_epoch;
  std::int32_t batch_size;  ///< the last batch of an epoch may be smaller
  bool record_epochs;       ///< Whether to record losses after every epoch or only after the last.
  bool train_loss;          ///< Whether to record the loss on the training rows.
  Real batch_scale;         ///< The scale of loss_derivative() for a batch of batch_size rows.
  Real last_batch_scale;    ///< The scale for the last batch of an epoch.

  LRSCAPE_HOST_DEVICE Real scale_of(std::int32_t batch) const {
    return batch == batch_size ? batch_scale : last_batch_scale;
  }

  /// Whether losses are recorded after an epoch, counted from 1.
  LRSCAPE_HOST_DEVICE bool evaluates(std::int32_t epoch) const {
    return record_epochs || epoch == epochs;
  }

  LRSCAPE_HOST_DEVICE std::int32_t recorded_epochs() const { return record_epochs ? epochs : 1; }

  /// The index of the recorded losses of an epoch for which evaluates() is true.
  LRSCAPE_HOST_DEVICE std::int32_t record_of(std::int32_t epoch) const {
    return record_epochs ? epoch - 1 : 0;
  }

  /// Number of derivatives that a run stores: one per row of a batch or, in Gram space, one per
  /// training row. In Gram space, the derivatives are the gradient.
  LRSCAPE_HOST_DEVICE std::int32_t derivatives() const {
    return space == Space::gram ? train.rows : batch_size;
  }
};

/// The value of `diverged_at` for a run that has not diverged.
inline constexpr std::int32_t not_diverged = -1;

/// Whether a value is neither infinite nor NaN. Avoids a library call, which kernels cannot make.
template <class Real>
LRSCAPE_HOST_DEVICE bool is_finite(Real value) {
  return value - value == Real(0);
}

/// The loss to record: +infinity if `loss` is not finite or the run has diverged (see RunStatus),
/// so that a mean over seeds cannot hide the divergence.
template <class Real>
LRSCAPE_HOST_DEVICE Real recorded_loss(Real loss, std::int32_t diverged_at) {
  return diverged_at == not_diverged && is_finite(loss) ? loss : Real(HUGE_VAL);
}

/// Whether a run counts as diverged only because of its validation loss after the last epoch.
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
