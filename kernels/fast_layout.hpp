#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "register_layout.hpp"

namespace lrscape {

/// How a sweep is laid over a block of fast_kernel.cuh: a warp has 16 runs x 128 features in tiles of 8
/// features, whose weights lie as the accumulators of mma.m16n8k8 do. Memory and warps are those of
/// RegisterLayout, but rows keep the order of their features, and shares of rows and of parts are padded so
/// that lanes that read eight rows at once find them in different banks.
struct FastLayout : RegisterLayout<float, 8> {
  static constexpr int tile_features = 8;
  static constexpr int tile_rows = 8;
  static constexpr int tiles = warp_features / tile_features;
  /// A load of whole rows is so many tiles of them. Of a batch that is kept a lane has the derivatives in
  /// registers; of one that is not they take the memory of the third.
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

/// The layout for a sweep, or nothing if its state does not fit the registers of a block or its batch's
/// derivatives the shared memory, `most_bytes` a block.
template <class StepValues>
std::optional<FastLayout> fast_layout(const TrainingView<float>& view, std::size_t most_bytes) {
  if (view.space != Space::weights) return std::nullopt;  // Products are the lesser part there.
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
