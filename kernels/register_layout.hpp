#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "lrscape/numerics/pairwise_sum.hpp"
#include "lrscape/numerics/platform.hpp"
#include "sweep/training_view.hpp"

/// How a sweep is laid over a block of register_kernel.cuh. A thread owns one summation block of
/// features of a few runs; a warp is 8 threads of features x 4 of runs; a block's warps stand side by
/// side over as many features as there are, and then over runs.
namespace lrscape {

template <class Real>
struct RegisterLayout {
  static constexpr int threads = 256;
  static constexpr int warps = threads / 32;
  static constexpr int feature_lanes = 8;
  static constexpr int run_lanes = 4;
  /// Values in the 16 bytes that a thread reads at once; and the runs of a thread.
  static constexpr int word = 16 / static_cast<int>(sizeof(Real));
  static constexpr int thread_runs = word;
  static constexpr int block_words = summation_block / word;  ///< words of a summation block
  static constexpr int warp_features = feature_lanes * summation_block;
  static constexpr int warp_runs = run_lanes * thread_runs;
  static constexpr int most_features = warps * warp_features;
  /// Rows whose sums a thread has at once: with its runs, one sum for each of the feature lanes.
  static constexpr int row_group = feature_lanes / thread_runs;
  static constexpr int most_stage_rows = 128;

  std::int32_t feature_warps_log2 = 0;  ///< 0 to 3
  std::int32_t batch_size = 0;
  std::int32_t derivative_words = 0;  ///< that each run keeps of a batch
  std::int32_t stage_rows = 0;        ///< rows of a load, a multiple of row_group
  std::int32_t row_padding = 0;       ///< values after a row
  bool gram = false;                  ///< whether the sweep runs in Gram space

  /// Takes as few warps as so many features need. Returns whether a block has them.
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
  LRSCAPE_HOST_DEVICE std::int32_t row_values() const {
    return (warp_features << feature_warps_log2) + row_padding;
  }

  // Where things lie in shared memory, counted in values.

  LRSCAPE_HOST_DEVICE std::int32_t stage_values() const { return stage_rows * row_values(); }
  LRSCAPE_HOST_DEVICE std::int32_t partial_sums() const { return 2 * stage_values(); }
  LRSCAPE_HOST_DEVICE std::int32_t derivatives() const {
    return partial_sums() + stage_rows * warps * warp_runs;
  }
  LRSCAPE_HOST_DEVICE std::int32_t rates() const {
    const std::int32_t of_batch = derivative_words * runs() * word;
    const std::int32_t residuals = stage_rows * runs();
    return derivatives() + (of_batch > residuals ? of_batch : residuals);
  }
  LRSCAPE_HOST_DEVICE std::int32_t targets() const { return rates() + 3 * runs(); }
  LRSCAPE_HOST_DEVICE std::int32_t values() const { return targets() + 2 * stage_rows; }

  // After the values come integers, then two steps of the optimizer, and last each run's loss.

  static constexpr int cursor_integers = 4;
  LRSCAPE_HOST_DEVICE std::int32_t seed() const { return 2 * cursor_integers; }
  LRSCAPE_HOST_DEVICE std::int32_t row_indices() const { return seed() + 2; }
  LRSCAPE_HOST_DEVICE std::int32_t diverged_at() const {
    return row_indices() + 2 * block_words * stage_rows;
  }
  LRSCAPE_HOST_DEVICE std::int32_t flags() const { return diverged_at() + runs(); }
  /// In Gram space: where in the batch each row is, or -1.
  LRSCAPE_HOST_DEVICE std::int32_t positions() const { return flags() + warps * run_lanes; }
  LRSCAPE_HOST_DEVICE std::int32_t integers() const {
    return positions() + (gram ? row_values() : 0);
  }

  template <class Step>
  std::size_t shared_bytes() const {
    return static_cast<std::size_t>(values()) * sizeof(Real) +
           static_cast<std::size_t>(integers()) * sizeof(std::int32_t) + 2 * sizeof(Step) +
           static_cast<std::size_t>(runs()) * sizeof(SumOfSquares<Real>);
  }

  /// Where word c of a thread's summation block lies in a row, counted in words. Words of the same number
  /// lie together, so that a gradient can be had from them alone, and a warp's side by side.
  LRSCAPE_HOST_DEVICE std::int32_t word_place(std::int32_t c, std::int32_t warp,
                                              std::int32_t lane) const {
    return (c * feature_warps() + warp) * feature_lanes + lane;
  }
  /// Values in a row from a thread's word to its next.
  LRSCAPE_HOST_DEVICE std::int32_t word_stride() const { return row_values() / block_words; }
};

/// The layout for a sweep, or nothing if its state does not fit the registers of a block or its
/// batch the shared memory, `most_bytes` a block.
template <class Real, class Step>
std::optional<RegisterLayout<Real>> register_layout(const TrainingView<Real>& view,
                                                    std::size_t most_bytes) {
  using Layout = RegisterLayout<Real>;
  Layout layout;
  layout.batch_size = view.batch_size;
  layout.gram = view.space == Space::gram;
  if (!layout.take_features(view.stride)) return std::nullopt;
  layout.derivative_words = view.batch_size;  // One for each order of a thread's runs.
  // Two whole batches if they fit, else as many rows as do.
  constexpr std::int32_t group = Layout::row_group;
  const std::int32_t rows_of_batch = (view.batch_size + group - 1) / group * group;
  layout.stage_rows = std::min<std::int32_t>(rows_of_batch, Layout::most_stage_rows);
  while (layout.stage_rows > 0 && layout.template shared_bytes<Step>() > most_bytes)
    layout.stage_rows -= group;
  if (layout.stage_rows <= 0) return std::nullopt;
  return layout;
}

}  // namespace lrscape
