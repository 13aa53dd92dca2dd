#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/training_view.hpp"
#include "lrscape/numerics/pairwise_sum.hpp"
#include "lrscape/numerics/platform.hpp"

/// How a few runs of any number of features are laid over a block of memory_kernel.cuh. A lane owns one
/// summation block of features, a warp 32 of them; where there are more than a block has warps, each
/// warp takes every eighth of these "feature warps".
namespace lrscape {

template <class Real>
struct MemoryLayout {
  static constexpr int threads = 256;
  static constexpr int warps = threads / 32;
  static constexpr int feature_lanes = 32;
  /// Values in the 16 bytes that a thread reads at once; and the runs of a block.
  static constexpr int word = 16 / static_cast<int>(sizeof(Real));
  static constexpr int block_runs = word;
  static constexpr int block_words = summation_block / word;
  static constexpr int row_group = 8;                  ///< rows whose sums a thread has at once
  static constexpr int loads_of_batch() { return 2; }  ///< for its predictions and its gradient

  std::int32_t feature_warps;
  std::int32_t derivatives;  ///< that a run keeps at once
  bool state_in_shared;      ///< else in global memory

  LRSCAPE_HOST_DEVICE std::int32_t runs() const { return block_runs; }
  LRSCAPE_HOST_DEVICE std::int32_t row_values() const {
    return feature_warps * feature_lanes * summation_block;
  }
  /// Where word c of a lane's summation block lies in a row, counted in words.
  LRSCAPE_HOST_DEVICE std::int32_t word_place(std::int32_t c, std::int32_t warp,
                                              std::int32_t lane) const {
    return (warp * block_words + c) * feature_lanes + lane;
  }

  // Counted in values.

  /// Weights, or one number of the state, of a block's runs: for each feature a word of runs.
  LRSCAPE_HOST_DEVICE std::ptrdiff_t slot_values() const {
    return std::ptrdiff_t{row_values()} * block_runs;
  }
  LRSCAPE_HOST_DEVICE std::ptrdiff_t state_values(int state_slots) const {
    return slot_values() * (1 + state_slots);
  }
  /// Twice the sums of each warp, for each row of a group and run; and one residual for each.
  static constexpr std::int32_t sum_values = row_group * block_runs;
  static constexpr std::int32_t shared_values = (2 * warps + 1) * sum_values;

  std::size_t shared_bytes(int state_slots) const {
    const auto state = state_in_shared ? static_cast<std::size_t>(state_values(state_slots)) : 0;
    return (state + shared_values) * sizeof(Real);
  }
  /// Of global memory, for each block at work: derivatives, and the state.
  LRSCAPE_HOST_DEVICE std::ptrdiff_t scratch_values(int state_slots) const {
    return std::ptrdiff_t{derivatives} * block_runs +
           (state_in_shared ? 0 : state_values(state_slots));
  }
};

/// The layout for a sweep; the state is in shared memory if it fits, `most_bytes` a
/// block.
template <class Real>
MemoryLayout<Real> memory_layout(const TrainingView<Real>& view, int state_slots,
                                 std::size_t most_bytes) {
  constexpr std::int32_t warp_features = MemoryLayout<Real>::feature_lanes * summation_block;
  MemoryLayout<Real> layout = {(view.stride + warp_features - 1) / warp_features,
                               view.derivatives(), true};
  layout.state_in_shared = layout.shared_bytes(state_slots) <= most_bytes;
  return layout;
}

}  // namespace lrscape
