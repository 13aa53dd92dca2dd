#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda_language.hpp"
#include "register_layout.hpp"

namespace lrscape::LRSCAPE_KERNELS {

/// Which rows are loaded: the batches in the order of their training and, where there is an
/// evaluation, the rows of the validation and training data. If a batch is not kept, its rows come once
/// for the predictions and again, word by word of each thread, for the gradient.
template <class Real, bool KeepsBatch>
struct RowCursor {
  enum Use : std::int32_t { predictions, validation, training_loss, nothing, first_word };

  std::int32_t use;    ///< or first_word + 1, and so on
  std::int32_t epoch;  ///< from 1
  std::int32_t begin;  ///< of the batch, in the epoch
  std::int32_t first;  ///< of the load, among the rows of one use

  __device__ bool of_words() const { return !KeepsBatch && use >= first_word; }
  __device__ bool in_order() const { return use == validation || use == training_loss; }

  /// The rows of this use that are still to come.
  __device__ std::int32_t left(const TrainingView<Real>& training) const {
    if (use == validation) return training.validation.rows - first;
    if (use == training_loss) return training.train.rows - first;
    const std::int32_t of_epoch = training.train.rows - begin;
    return (of_epoch < training.batch_size ? of_epoch : training.batch_size) - first;
  }

  /// The rows of this load.
  __device__ std::int32_t count(const TrainingView<Real>& training, std::int32_t stage_rows) const {
    if (use == nothing) return 0;
    const std::int32_t most =
        of_words() ? RegisterLayout<Real>::block_words * stage_rows : stage_rows;
    const std::int32_t rows = left(training);
    return rows < most ? rows : most;
  }

  __device__ RowCursor next(const TrainingView<Real>& training, std::int32_t stage_rows) const {
    const std::int32_t loaded = count(training, stage_rows);
    if (left(training) > loaded) return {use, epoch, begin, first + loaded};
    constexpr std::int32_t last_word = first_word + RegisterLayout<Real>::block_words - 1;
    // In Gram space the gradient needs no rows.
    if (!KeepsBatch && use == predictions && training.space == Space::weights)
      return {first_word, epoch, begin, 0};
    if (of_words() && use < last_word) return {use + 1, epoch, begin, 0};
    if (use == validation && training.train_loss) return {training_loss, epoch, begin, 0};
    if (!in_order()) {
      if (training.train.rows - begin > training.batch_size)
        return {predictions, epoch, begin + training.batch_size, 0};
      if (training.evaluates(epoch)) return {validation, epoch, begin, 0};
    }
    return {epoch == training.epochs ? nothing : predictions, epoch + 1, 0, 0};
  }
};

/// Brings rows into shared memory, one load ahead of those who use them, and the indices of the rows
/// one more load ahead. What it knows is in shared memory, too: the registers are for the weights.
template <class Layout, class Real, bool KeepsBatch>
class RowLoader {
  using Cursor = RowCursor<Real, KeepsBatch>;

 public:
  /// `row_orders` is seeds x epochs x rows.
  __device__ RowLoader(const TrainingView<Real>& training, const Layout& layout,
                       const std::int32_t* row_orders)
      : training_(training), layout_(layout), row_orders_(row_orders) {}

  __device__ void start(std::int32_t seed) {
    const Cursor first = {Cursor::predictions, 1, 0, 0};
    if (thread_of_block() == 0) integers()[layout_.seed()] = seed;
    __syncthreads();
    look_up(first, 0);
    __pipeline_commit();
    __pipeline_wait_prior(0);
    __syncthreads();
    load(first, 0);
  }

  /// The next rows. A barrier: after it nobody may use the ones before.
  __device__ const Real* take() {
    __pipeline_wait_prior(0);
    __syncthreads();
    const int stage = stage_;
    stage_ ^= 1;
    load(cursors()[stage_], stage_);
    return stage_rows(stage);
  }

  /// The targets of the rows last taken, if they are for predictions.
  __device__ const Real* targets() const { return stage_targets(stage_ ^ 1); }

  __device__ void finish() { __pipeline_wait_prior(0); }

 private:
  __device__ static Real* shared() { return reinterpret_cast<Real*>(dynamic_shared_memory()); }
  __device__ Real* stage_rows(int stage) const { return shared() + stage * layout_.stage_values(); }
  __device__ Real* stage_targets(int stage) const {
    return shared() + layout_.targets() + stage * layout_.stage_rows;
  }
  __device__ std::int32_t* integers() const {
    return reinterpret_cast<std::int32_t*>(shared() + layout_.values());
  }
  __device__ Cursor* cursors() const {
    static_assert(sizeof(Cursor) == Layout::cursor_integers * sizeof(std::int32_t));
    return reinterpret_cast<Cursor*>(integers());
  }
  __device__ std::int32_t* stage_indices(int stage) const {
    return integers() + layout_.row_indices() + stage * Layout::block_words * layout_.stage_rows;
  }

  /// Starts the copies of one load, of whose rows the indices are there, and looks up the next one's.
  __device__ void load(const Cursor& cursor, int stage) {
    if (cursor.use == Cursor::nothing) return;
    const DataView<Real>& data =
        cursor.use == Cursor::validation ? training_.validation : training_.train;
    const std::int32_t lane = thread_of_block() % 32;
    const std::int32_t warp = thread_of_block() / 32;
    const std::int32_t rows = cursor.count(training_, layout_.stage_rows);
    const std::int32_t row_values = layout_.row_values();
    const std::int32_t values = cursor.of_words() ? layout_.word_stride() : row_values;
    const std::int32_t offset = cursor.of_words() ? (cursor.use - Cursor::first_word) * values : 0;
    LRSCAPE_KEEP_LOOP
    for (std::int32_t i = warp; i < rows; i += Layout::warps) {
      const std::int32_t row = cursor.in_order() ? cursor.first + i : stage_indices(stage)[i];
      const Real* const from = data.features + std::ptrdiff_t{row} * row_values + offset;
      Real* const to = stage_rows(stage) + i * values;
      LRSCAPE_KEEP_LOOP
      for (std::int32_t j = lane * Layout::word; j < values; j += 32 * Layout::word)
        __pipeline_memcpy_async(to + j, from + j, Layout::word * sizeof(Real));
      if (lane == 0 && !cursor.of_words())
        __pipeline_memcpy_async(stage_targets(stage) + i, data.targets + row, sizeof(Real));
    }
    const Cursor next = cursor.next(training_, layout_.stage_rows);
    look_up(next, stage ^ 1);
    __pipeline_commit();
    __syncwarp();  // Tensor cores want the whole warp.
  }

  /// Leaves what load() needs to know, for a later barrier.
  __device__ void look_up(const Cursor& cursor, int stage) {
    if (thread_of_block() == 0) cursors()[stage] = cursor;
    if (cursor.in_order()) return;
    const std::int32_t* const order =
        row_orders_ +
        (std::ptrdiff_t{integers()[layout_.seed()]} * training_.epochs + cursor.epoch - 1) *
            training_.train.rows +
        cursor.begin + cursor.first;
    for (std::int32_t i = thread_of_block(); i < cursor.count(training_, layout_.stage_rows);
         i += Layout::threads)
      __pipeline_memcpy_async(stage_indices(stage) + i, order + i, sizeof(std::int32_t));
  }

  const TrainingView<Real>& training_;
  const Layout& layout_;
  const std::int32_t* row_orders_;
  int stage_ = 0;
};

}  // namespace lrscape::LRSCAPE_KERNELS
