#pragma once

#include <cstdint>

namespace lrscape {

/// What a run keeps of its weights: the d weights w themselves, or the n coordinates u of w = A^T u.
/// Weights that start at 0 stay of that form under an update that commutes with rotations, and u then
/// follows the same update: its gradient's coordinate j is the loss's derivative by the prediction of row j,
/// or 0 if the batch lacks that row, and predictions are rows of A A^T or A_val A^T times u.
enum class Space : std::uint8_t { weights, gram };

}  // namespace lrscape
