#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/training_view.hpp"
#include "lrscape/numerics/pairwise_sum.hpp"
#include "lrscape/numerics/platform.hpp"

/// How memory_kernel.cuh distributes a few runs with any number of features over a thread block. A
/// lane owns one summation block of features, a warp 32 summation blocks, called a "feature warp".
/// If there are more feature warps than warps in a block, each warp takes every eighth feature
/// warp.
namespace lrscape {

template <class Real>
struct MemoryLayout {
  static constexpr int threads = 256;
  static constexpr int warps = threads / 32;
  static constexpr int feature_lanes = 32;
  /// Values in the 16 bytes that a thread reads at once; also the number of runs of a block.
  static constexpr int word = 16 / static_cast<int>(sizeof(Real));
  static constexpr int block_runs = word;
  static constexpr int block_words = summation_block / word;
  static constexpr int row_group = 8;                  ///< rows whose sums a thread holds at once
  static constexpr int loads_of_batch() { return 2; }  ///< for predictions and for the gradient

  std::int32_t feature_warps;
  std::int32_t derivatives;  ///< kept per run
  bool state_in_shared;      ///< otherwise in global memory

  LRSCAPE_HOST_DEVICE std::int32_t runs() const { return block_runs; }
  LRSCAPE_HOST_DEVICE std::int32_t row_values() const {
    return feature_warps * feature_lanes * summation_block;
  }
  /// Position in a row, in words, of word c of a lane's summation block.
  LRSCAPE_HOST_DEVICE std::int32_t word_place(std::int32_t c, std::int32_t warp,
                                              std::int32_t lane) const {
    return (warp * block_words + c) * feature_lanes + lane;
  }

  // Sizes in values.

  /// The weights, or one state slot, of a block's runs: one word of runs for each feature.
  LRSCAPE_HOST_DEVICE std::ptrdiff_t slot_values() const {
    return std::ptrdiff_t{row_values()} * block_runs;
  }
  LRSCAPE_HOST_DEVICE std::ptrdiff_t state_values(int state_slots) const {
    return slot_values() * (1 + state_slots);
  }
  /// Two buffers of all warps' sums, one sum for each row of a group and run, and one buffer of
  /// residuals.
  static constexpr std::int32_t sum_values = row_group * block_runs;
  static constexpr std::int32_t shared_values = (2 * warps + 1) * sum_values;

  std::size_t shared_bytes(int state_slots) const {
    const auto state = state_in_shared ? static_cast<std::size_t>(state_values(state_slots)) : 0;
    return (state + shared_values) * sizeof(Real);
  }
  /// Values in global memory for each resident block: its derivatives and, if not in shared memory,
  /// its state.
  LRSCAPE_HOST_DEVICE std::ptrdiff_t scratch_values(int state_slots) const {
    return std::ptrdiff_t{derivatives} * block_runs +
           (state_in_shared ? 0 : state_values(state_slots));
  }
};

/// The layout for a sweep. The state is in shared memory if it fits into `most_bytes` of shared
/// memory per block.
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
