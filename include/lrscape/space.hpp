#pragma once

#include <cstdint>

namespace lrscape {

/// The variables that a run stores: the d weights w, or the n coordinates u of w = A^T u. Weights
/// that start at 0 keep this form under an update that commutes with rotations, and u follows the
/// same update. Coordinate j of its gradient is the derivative of the loss with respect to the
/// prediction of row j, or 0 if row j is not in the batch. Predictions are A A^T u for the training
/// rows and A_val A^T u for the validation rows.
enum class Space : std::uint8_t { weights, gram };

}  // namespace lrscape
