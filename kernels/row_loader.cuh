#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda_language.hpp"
#include "register_layout.hpp"

namespace lrscape::LRSCAPE_KERNELS {

/// The sequence of loads: the batches in the order of their training and, at each evaluation, the
/// rows of the validation and training data. If a batch is not kept, its rows are loaded once for
/// the predictions and again, part by part, for the gradient.
template <class Layout, class Real, bool KeepsBatch>
struct RowCursor {
  enum Use : std::int32_t { predictions, validation, training_loss, nothing, first_part };

  std::int32_t use;    ///< a Use; part k is first_part + k
  std::int32_t epoch;  ///< counted from 1
  std::int32_t begin;  ///< first row of the batch in the epoch's order
  std::int32_t first;  ///< first row of the load among the rows of its use

  __device__ bool of_part() const { return !KeepsBatch && use >= first_part; }
  __device__ bool in_order() const { return use == validation || use == training_loss; }

  /// The number of rows of this use from this load on.
  __device__ std::int32_t left(const TrainingView<Real>& training) const {
    if (use == validation) return training.validation.rows - first;
    if (use == training_loss) return training.train.rows - first;
    const std::int32_t of_epoch = training.train.rows - begin;
    return (of_epoch < training.batch_size ? of_epoch : training.batch_size) - first;
  }

  /// The number of rows of this load.
  __device__ std::int32_t count(const TrainingView<Real>& training, const Layout& layout) const {
    if (use == nothing) return 0;
    const std::int32_t most = of_part() ? layout.places.part_rows : layout.stage_rows;
    const std::int32_t rows = left(training);
    return rows < most ? rows : most;
  }

  /// The load after this one, which has `loaded` rows.
  __device__ RowCursor next(const TrainingView<Real>& training, std::int32_t loaded) const {
    if (left(training) > loaded) return {use, epoch, begin, first + loaded};
    constexpr std::int32_t last_part = first_part + Layout::parts - 1;
    // In Gram space the gradient needs no rows.
    if (!KeepsBatch && use == predictions && training.space == Space::weights)
      return {first_part, epoch, begin, 0};
    if (of_part() && use < last_part) return {use + 1, epoch, begin, 0};
    if (use == validation && training.train_loss) return {training_loss, epoch, begin, 0};
    if (!in_order()) {
      if (training.train.rows - begin > training.batch_size)
        return {predictions, epoch, begin + training.batch_size, 0};
      if (training.evaluates(epoch)) return {validation, epoch, begin, 0};
    }
    return {epoch == training.epochs ? nothing : predictions, epoch + 1, 0, 0};
  }
};

/// Copies rows into shared memory one load before they are used, and looks up their row numbers one
/// load earlier still. Each warp copies only its own features of the rows. The loader's data are
/// also in shared memory, because the registers are needed for the weights.
template <class Layout, class Real, bool KeepsBatch>
class RowLoader {
  using Cursor = RowCursor<Layout, Real, KeepsBatch>;

 public:
  /// `row_orders` is seeds x epochs x rows.
  __device__ RowLoader(const TrainingView<Real>& training, const Layout& layout,
                       const std::int32_t* row_orders)
      : training_(training), layout_(layout), row_orders_(row_orders) {}

  __device__ void start(std::int32_t seed) {
    if (thread_of_block() < 32) look_up({Cursor::predictions, 1, 0, 0}, seed, 0);
    __pipeline_commit();
    __pipeline_wait_prior(0);
    __syncthreads();
    load(0, layout_.feature_warp(thread_of_block()));
  }

  /// Returns the next rows: the start of the share of this thread's warp. This is a barrier, after
  /// which no thread may use the previous rows.
  __device__ const Real* take() {
    __pipeline_wait_prior(0);
    __syncthreads();
    const std::int32_t warp = layout_.feature_warp(thread_of_block());
    const int stage = stage_;
    stage_ ^= 1;
    load(stage_, warp);
    return segment(stage, warp);
  }

  /// The targets of the rows last taken, unless these are a part of a batch for its gradient.
  __device__ const Real* targets() const { return stage_targets(stage_ ^ 1); }

  __device__ void finish() { __pipeline_wait_prior(0); }

 private:
  /// The description of a load that all threads read.
  struct Load {
    Cursor cursor;
    std::int32_t rows;
    std::int32_t seed;
    std::int32_t unused[2];
  };
  static_assert(sizeof(Load) == Layout::load_integers * sizeof(std::int32_t));

  struct alignas(16) Indices {
    std::int32_t row[Layout::index_word];
  };

  __device__ static Real* shared() { return reinterpret_cast<Real*>(dynamic_shared_memory()); }
  __device__ Real* segment(int stage, std::int32_t warp) const {
    return shared() + stage * layout_.places.stage_values + warp * layout_.places.segment_values;
  }
  __device__ Real* stage_targets(int stage) const {
    return shared() + layout_.places.targets + stage * layout_.stage_rows;
  }
  __device__ std::int32_t* integers() const {
    return reinterpret_cast<std::int32_t*>(shared() + layout_.places.integers);
  }
  __device__ Load& load_of(int stage) const { return reinterpret_cast<Load*>(integers())[stage]; }
  __device__ std::int32_t* stage_indices(int stage) const {
    return integers() + layout_.places.row_indices + stage * layout_.places.stage_indices;
  }

  /// Starts the copies of one load, whose row numbers are already in shared memory, and looks up
  /// the row numbers of the next load. `warp` is this thread's feature warp.
  __device__ void load(int stage, std::int32_t warp) {
    const std::int32_t rows = load_of(stage).rows;
    if (rows == 0) return;
    const std::int32_t use = load_of(stage).cursor.use;
    const DataView<Real>& data = use == Cursor::validation ? training_.validation : training_.train;
    const Real* const from = data.features + warp * Layout::warp_features;
    Real* const to = segment(stage, warp);
    if (!KeepsBatch && use >= Cursor::first_part) {
      copy_part(from + (use - Cursor::first_part) * Layout::part_features, to, rows, stage);
    } else {
      copy_rows(from, to, rows, stage);
      if (thread_of_block() < rows) copy_target(data.targets, stage);
    }
    if (thread_of_block() < 32) look_up_next(rows, stage);
    __pipeline_commit();
  }

  /// Copies a warp's share of whole rows, in groups of four.
  __device__ void copy_rows(const Real* from, Real* to, std::int32_t rows, int stage) const {
    constexpr int at_once = 32 * Layout::word;
    constexpr int group = Layout::index_word;
    const int place = (thread_of_block() & 31) * Layout::word;
    const std::int32_t stride = group * layout_.run_warps();
    const std::int32_t* const indices = stage_indices(stage);
    std::int32_t first = group * layout_.run_warp(thread_of_block());
    to += place + first * Layout::row_stride;
    from += place;
    LRSCAPE_KEEP_LOOP
    for (; first < rows; first += stride, to += stride * Layout::row_stride) {
      const Indices index = *reinterpret_cast<const Indices*>(indices + first);
      for (int k = 0; k < group; ++k) {
        const Real* const row = row_of(from, index.row[k]);
        for (int j = 0; j < Layout::warp_features; j += at_once)
          __pipeline_memcpy_async(to + k * Layout::row_stride + j, row + j,
                                  Layout::word * sizeof(Real));
      }
    }
  }

  /// Copies a warp's share of one part of the rows, in groups of four.
  __device__ void copy_part(const Real* from, Real* to, std::int32_t rows, int stage) const {
    constexpr int row_lanes = Layout::part_features / Layout::word;
    constexpr int group = 32 / row_lanes;
    static_assert(group == Layout::index_word);
    const int row = (thread_of_block() & 31) / row_lanes;
    const int place = thread_of_block() % row_lanes * Layout::word;
    LRSCAPE_KEEP_LOOP
    for (std::int32_t first = group * layout_.run_warp(thread_of_block()); first < rows;
         first += group * layout_.run_warps()) {
      const std::int32_t i = first + row;
      __pipeline_memcpy_async(to + i * Layout::part_stride + place,
                              row_of(from + place, stage_indices(stage)[i]),
                              Layout::word * sizeof(Real));
    }
  }

  /// A row in global memory. The offset is in bytes, so that one instruction multiplies and adds.
  __device__ const Real* row_of(const Real* first, std::int32_t row) const {
    const std::ptrdiff_t offset =
        wide_product(row, layout_.row_values() * static_cast<int>(sizeof(Real)));
    return reinterpret_cast<const Real*>(reinterpret_cast<const unsigned char*>(first) + offset);
  }

  /// Copies the target of row k of the load, where k is this thread's number.
  __device__ void copy_target(const Real* targets, int stage) const {
    const std::int32_t i = thread_of_block();
    __pipeline_memcpy_async(stage_targets(stage) + i, targets + stage_indices(stage)[i],
                            sizeof(Real));
  }

  __device__ void look_up_next(std::int32_t rows, int stage) const {
    const Load current = load_of(stage);
    look_up(current.cursor.next(training_, rows), current.seed, stage ^ 1);
  }
  /// Stores the data that load() needs; a later barrier makes them visible. Called by the first
  /// warp.
  __device__ void look_up(const Cursor& cursor, std::int32_t seed, int stage) const {
    const std::int32_t rows = cursor.count(training_, layout_);
    if (thread_of_block() == 0) load_of(stage) = {cursor, rows, seed, {}};
    const std::int32_t* const order =
        row_orders_ +
        (std::ptrdiff_t{seed} * training_.epochs + cursor.epoch - 1) * training_.train.rows +
        cursor.begin + cursor.first;
    LRSCAPE_KEEP_LOOP
    for (std::int32_t i = thread_of_block(); i < Layout::filled(rows); i += 32) {
      const std::int32_t row = i < rows ? i : rows - 1;
      if (cursor.in_order())
        stage_indices(stage)[i] = cursor.first + row;
      else
        __pipeline_memcpy_async(stage_indices(stage) + i, order + row, sizeof(std::int32_t));
    }
  }

  const TrainingView<Real>& training_;
  const Layout& layout_;
  const std::int32_t* row_orders_;
  int stage_ = 0;
};

}  // namespace lrscape::LRSCAPE_KERNELS
