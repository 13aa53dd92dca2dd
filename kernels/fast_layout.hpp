#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "register_layout.hpp"

namespace lrscape {

/// How fast_kernel.cuh distributes a sweep over a thread block. A warp has 16 runs x 128 features
/// in tiles of 8 features, whose weights have the layout of the accumulators of mma.m16n8k8. Memory
/// and warps are as in RegisterLayout, but rows keep the order of their features. The shares of
/// rows and of parts are padded, so that lanes that read eight rows at once use different banks.
struct FastLayout : RegisterLayout<float, 8> {
  static constexpr int tile_features = 8;
  static constexpr int tile_rows = 8;
  static constexpr int tiles = warp_features / tile_features;
  /// The number of row tiles in a load of whole rows. If the batch is kept, a lane has its
  /// derivatives in registers; otherwise the derivatives take the shared memory of the third tile.
  LRSCAPE_HOST_DEVICE static constexpr int row_tiles(bool batch_is_kept) {
    return batch_is_kept ? 3 : 2;
  }
  static constexpr int part_tiles = tiles / parts;

  /// See RegisterLayout::word_place.
  LRSCAPE_HOST_DEVICE static std::int32_t word_place(std::int32_t c, std::int32_t warp,
                                                     std::int32_t lane) {
    return (warp * feature_lanes + lane) * block_words + c;
  }
};

/// The layout for a sweep in weight space. Returns nothing if the state does not fit into the
/// registers of a block, or the derivatives of a batch into `most_bytes` of shared memory per
/// block.
template <class StepValues>
std::optional<FastLayout> fast_layout(const TrainingView<float>& view, std::size_t most_bytes) {
  if (view.space != Space::weights) return std::nullopt;  // Gram space spends little on products.
  FastLayout layout;
  layout.batch_size = view.batch_size;
  const bool kept = view.batch_size <= FastLayout::tile_rows * FastLayout::row_tiles(true);
  layout.stage_rows = FastLayout::tile_rows * FastLayout::row_tiles(kept);
  if (!layout.take_features(view.stride)) return std::nullopt;
  const std::int32_t tiles = (view.batch_size + FastLayout::tile_rows - 1) / FastLayout::tile_rows;
  layout.derivative_words = tiles * FastLayout::tile_rows / FastLayout::word;
  layout.place<StepValues>();
  if (layout.shared_bytes() > most_bytes) return std::nullopt;
  return layout;
}

}  // namespace lrscape
