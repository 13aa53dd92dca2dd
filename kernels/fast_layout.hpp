#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "register_layout.hpp"

namespace lrscape {

/// How a sweep is laid over a block of fast_kernel.cuh: a warp has 16 runs x 128 features in tiles of 8
/// features, whose weights lie as the accumulators of mma.m16n8k8 do. Memory and warps are those of
/// RegisterLayout, but rows keep the order of their features, padded so that lanes that read eight rows
/// at once find them in different banks.
struct FastLayout : RegisterLayout<float> {
  static constexpr int tile_features = 8;
  static constexpr int tile_rows = 8;
  static constexpr int tiles = warp_features / tile_features;
  /// A load is so many tiles of rows, and a batch at most that: a lane has its derivatives in registers.
  static constexpr int row_tiles = 3;
  static constexpr std::int32_t padding = 8;

  LRSCAPE_HOST_DEVICE std::int32_t word_place(std::int32_t c, std::int32_t warp,
                                              std::int32_t lane) const {
    return (warp * feature_lanes + lane) * block_words + c;
  }
};

/// The layout for a sweep, or nothing if its state does not fit the registers of a block or its
/// batch the registers and the shared memory, `most_bytes` a block.
template <class Step>
std::optional<FastLayout> fast_layout(const TrainingView<float>& view, std::size_t most_bytes) {
  if (view.space != Space::weights) return std::nullopt;  // Products are the lesser part there.
  FastLayout layout;
  layout.batch_size = view.batch_size;
  layout.row_padding = FastLayout::padding;
  while (FastLayout::warp_features << layout.feature_warps_log2 < view.stride)
    ++layout.feature_warps_log2;
  if (layout.feature_warps() > FastLayout::warps) return std::nullopt;
  layout.stage_rows = FastLayout::tile_rows * FastLayout::row_tiles;
  if (view.batch_size > layout.stage_rows) return std::nullopt;
  if (layout.shared_bytes<Step>() > most_bytes) return std::nullopt;
  return layout;
}

}  // namespace lrscape
