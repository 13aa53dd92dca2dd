#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "backend/training_view.hpp"
#include "lrscape/numerics/pairwise_sum.hpp"
#include "lrscape/numerics/platform.hpp"

/// How register_kernel.cuh distributes a sweep over a thread block. A thread owns one summation
/// block of features of a few runs. A warp has 8 feature lanes x 4 run lanes. The warps of a block
/// first cover all features; the remaining warps take further runs.
namespace lrscape {

template <class Real, int RowPadding = 0>
struct RegisterLayout {
  static constexpr int threads = 256;
  static constexpr int warps = threads / 32;
  static constexpr int feature_lanes = 8;
  static constexpr int run_lanes = 4;
  /// Values in the 16 bytes that a thread reads at once; also the number of runs of a thread.
  static constexpr int word = 16 / static_cast<int>(sizeof(Real));
  static constexpr int thread_runs = word;
  static constexpr int block_words = summation_block / word;  ///< words of a summation block
  static constexpr int warp_features = feature_lanes * summation_block;
  static constexpr int warp_runs = run_lanes * thread_runs;
  static constexpr int most_features = warps * warp_features;
  /// Rows whose sums a thread holds at once: with its runs, one sum for each feature lane.
  static constexpr int row_group = feature_lanes / thread_runs;
  /// Rows are read in groups of four, with one read for their numbers. Copies of the last row pad
  /// the last group.
  static constexpr int index_word = 4;
  static_assert(index_word % row_group == 0);
  LRSCAPE_HOST_DEVICE static constexpr std::int32_t filled(std::int32_t rows) {
    return (rows + index_word - 1) & -index_word;
  }
  static constexpr int most_stage_rows = 128;
  /// A batch that is not kept is loaded again for its gradient, in `parts` parts. Each part has a
  /// share of every warp's features.
  static constexpr int parts = block_words;
  static constexpr int part_features = warp_features / parts;
  /// Distance in values, in shared memory, between a warp's shares of consecutive rows, or of parts
  /// of rows.
  static constexpr int row_stride = warp_features + RowPadding;
  static constexpr int part_stride = part_features + RowPadding;

  std::int32_t feature_warps_log2 = 0;  ///< 0 to 3
  std::int32_t batch_size = 0;
  std::int32_t derivative_words = 0;  ///< for one batch, per run
  std::int32_t stage_rows = 0;        ///< rows of a load, a multiple of index_word
  bool gram = false;                  ///< whether the sweep runs in Gram space

  /// Uses the fewest feature warps that hold `stride` values. Returns whether a block has that
  /// many.
  bool take_features(std::int32_t stride) {
    while (warp_features << feature_warps_log2 < stride) ++feature_warps_log2;
    return feature_warps() <= warps;
  }

  /// Whether a batch is loaded once for its predictions and its gradient.
  LRSCAPE_HOST_DEVICE bool keeps_batch() const { return batch_size <= stage_rows; }
  int loads_of_batch() const { return keeps_batch() ? 1 : 2; }
  LRSCAPE_HOST_DEVICE std::int32_t feature_warps() const { return 1 << feature_warps_log2; }
  LRSCAPE_HOST_DEVICE std::int32_t run_warps() const { return warps >> feature_warps_log2; }
  LRSCAPE_HOST_DEVICE std::int32_t runs() const { return warp_runs * run_warps(); }
  LRSCAPE_HOST_DEVICE std::int32_t runs_log2() const {
    constexpr std::int32_t most = thread_runs == 4 ? 7 : 6;
    static_assert(1 << most == warp_runs * warps);
    return most - feature_warps_log2;
  }

  /// The index of a thread's warp among the feature warps, and among the run warps.
  LRSCAPE_HOST_DEVICE std::int32_t feature_warp(std::int32_t thread) const {
    return thread >> 5 & (feature_warps() - 1);
  }
  LRSCAPE_HOST_DEVICE std::int32_t run_warp(std::int32_t thread) const {
    return thread >> (5 + feature_warps_log2);
  }

  // Rows in global memory store the features of one feature warp after another.

  LRSCAPE_HOST_DEVICE std::int32_t row_values() const {
    return warp_features << feature_warps_log2;
  }
  // Bits 1, 3 and 2 of a lane's number, from the highest on, form its feature lane, bits 4 and 0
  // its run lane. Lanes that read the same words are then adjacent or next but one, which makes
  // 16-byte reads of shared memory twice as fast.

  LRSCAPE_HOST_DEVICE static std::int32_t feature_lane(std::int32_t lane) {
    return (lane >> 2 & 3) | (lane << 1 & 4);
  }
  LRSCAPE_HOST_DEVICE static std::int32_t run_lane(std::int32_t lane) {
    return (lane & 1) | (lane >> 3 & 2);
  }
  /// Position of a lane's words among the words of all feature lanes.
  LRSCAPE_HOST_DEVICE static std::int32_t lane_place(std::int32_t lane) { return lane >> 1 & 7; }

  /// Position in a row, in words, of word c of a feature lane's summation block. Words with the
  /// same c are adjacent.
  LRSCAPE_HOST_DEVICE static std::int32_t word_place(std::int32_t c, std::int32_t warp,
                                                     std::int32_t feature_lane) {
    const std::int32_t lane = (feature_lane & 3) << 2 | (feature_lane >> 1 & 2);
    return (warp * block_words + c) * feature_lanes + lane_place(lane);
  }

  static constexpr int load_integers = 8;
  /// Sums of a row: one for each feature warp and run.
  static constexpr std::int32_t row_sums = warps * warp_runs;
  /// Learning rates, weight decays and their products.
  static constexpr int rate_kinds = 3;

  /// Offsets in shared memory, computed once on the host. A load has one segment for each feature
  /// warp, which holds that warp's share of every row; the distance between rows is therefore a
  /// constant.
  ///
  /// Shared memory holds, in this order: two loads; the sums of each feature warp, the derivatives,
  /// residuals, rates and targets (offsets in values); from `integers` on, two cursors, two lists
  /// of row numbers, the epoch at which each run diverged, divergence flags and, in Gram space, the
  /// position of each training row's derivatives (offsets in integers); two sets of step values and
  /// a sum of squares for each run (offsets in bytes).
  struct Places {
    std::int32_t segment_values, stage_values;
    std::int32_t part_rows;      ///< rows of a load of parts
    std::int32_t stage_indices;  ///< row numbers of a load
    std::int32_t partial_sums, derivatives, residuals, rates, targets, integers;
    std::int32_t row_indices, diverged_at, flags, positions;
    std::int32_t step_values, squares, bytes;
  };
  Places places = {};

  template <class StepValues>
  void place() {
    places.segment_values = stage_rows * row_stride;
    // Rounded down to whole row tiles of FastLayout.
    places.part_rows = places.segment_values / part_stride & -8;
    places.stage_values = places.segment_values << feature_warps_log2;
    places.stage_indices = keeps_batch() ? stage_rows : std::max(stage_rows, places.part_rows);
    places.partial_sums = 2 * places.stage_values;
    places.derivatives = places.partial_sums + stage_rows * row_sums;
    // Residuals of an evaluation overwrite the derivatives, except in Gram space, whose row of
    // zeros must stay.
    const std::int32_t of_batch = derivative_words * runs() * word;
    const std::int32_t of_evaluation = stage_rows * runs();
    places.residuals = places.derivatives + (gram ? of_batch : 0);
    places.rates =
        places.derivatives + std::max(of_batch, of_evaluation) + (gram ? of_evaluation : 0);
    places.targets = places.rates + rate_kinds * runs() * word;
    places.integers = places.targets + 2 * stage_rows;
    places.row_indices = 2 * load_integers;
    places.diverged_at = places.row_indices + 2 * places.stage_indices;
    places.flags = places.diverged_at + runs();
    places.positions = places.flags + warps * run_lanes;
    const auto size = [](auto one) { return static_cast<std::int32_t>(sizeof(one)); };
    places.step_values = places.integers * size(Real()) +
                         (places.positions + (gram ? row_values() : 0)) * size(std::int32_t());
    places.squares = places.step_values + 2 * size(StepValues());
    places.bytes = places.squares + runs() * size(SumOfSquares<Real>());
  }
  std::size_t shared_bytes() const { return static_cast<std::size_t>(places.bytes); }
};

/// The layout for a sweep. Returns nothing if the state does not fit into the registers of a block,
/// or two loads and the derivatives of a batch into `most_bytes` of shared memory per block.
template <class Real, class StepValues>
std::optional<RegisterLayout<Real>> register_layout(const TrainingView<Real>& view,
                                                    std::size_t most_bytes) {
  using Layout = RegisterLayout<Real>;
  Layout layout;
  layout.batch_size = view.batch_size;
  layout.gram = view.space == Space::gram;
  if (!layout.take_features(view.stride)) return std::nullopt;
  const std::int32_t rows_of_batch = Layout::filled(view.batch_size);
  // A word per row, since items have a word for each slot order; an odd number, so that neighbours
  // use different banks.
  layout.derivative_words = rows_of_batch + 1;
  // Loads have the rows of a whole batch if two such loads fit, otherwise as many rows as fit.
  layout.stage_rows = std::min<std::int32_t>(rows_of_batch, Layout::most_stage_rows);
  for (; layout.stage_rows > 0; layout.stage_rows -= Layout::index_word) {
    layout.template place<StepValues>();
    if (layout.shared_bytes() <= most_bytes) return layout;
  }
  return std::nullopt;
}

}  // namespace lrscape
