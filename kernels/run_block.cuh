#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/training_loop.hpp"
#include "cuda_language.hpp"
#include "launch_arguments.hpp"
#include "lrscape/numerics/pairwise_sum.hpp"
#include "register_layout.hpp"
#include "row_loader.cuh"

namespace lrscape::LRSCAPE_KERNELS {

/// Base class of the kernels that keep weights in registers. It manages the block's memory, runs
/// and losses. A Trainer derives from it and defines these members, which all threads of the block
/// call:
///
///     void take_step(epoch, begin, batch, step);  // see backend/training_loop.hpp
///     void add_products(rows, count);         // writes products of loaded rows and weights to
///     partial_sum() void flag_divergence();                 // sets flags() for runs with a weight
///     that is not finite void write_weights();
template <class Trainer, class Optimizer, class Real, class Layout, bool KeepsBatch>
class RunBlock {
 public:
  __device__ RunBlock(const LaunchArguments<Optimizer, Real>& launch, const Layout& layout)
      : launch_(launch), layout_(layout), loader_(launch.training, layout, launch.row_orders) {}

  __device__ void train() {
    if (owns_run()) diverged_at() = not_diverged;
    if (thread_of_block() < step_numbers) number_of_step(0) = step_number_of_launch(0);
    loader_.start(launch_.block_seed[blockIdx.x]);
    train_epochs(launch_.training, trainer());
    loader_.finish();
    if (owns_run()) launch_.diverged_at[run_of_launch()] = diverged_at();
    if (launch_.weights != nullptr) trainer().write_weights();
  }

  __device__ bool note_divergence(std::int32_t epoch) {
    trainer().flag_divergence();
    __syncthreads();
    if (owns_run() && diverged_at() == not_diverged && is_flagged()) diverged_at() = epoch;
    return __syncthreads_and(!owns_run() || diverged_at() != not_diverged) != 0;
  }

  /// Records the losses after an epoch.
  __device__ void evaluate(std::int32_t epoch, bool all_diverged) {
    const TrainingView<Real>& training = launch_.training;
    LRSCAPE_KEEP_LOOP
    for (int k = 0; k < (training.train_loss ? 2 : 1); ++k) {
      const std::int32_t rows = k == 0 ? training.validation.rows : training.train.rows;
      if (!all_diverged) add_squares(rows);
      if (!owns_run()) continue;
      const Real value = all_diverged ? Real(0) : squares().total() / static_cast<Real>(rows);
      (k == 0 ? launch_.validation_loss : launch_.train_loss)[at_epoch(epoch)] =
          recorded_loss(value, diverged_at());
    }
    if (owns_run() && epoch == training.epochs &&
        diverges_late(launch_.validation_loss[at_epoch(epoch)], diverged_at()))
      diverged_at() = epoch;
  }

 protected:
  using StepValues = typename Optimizer::template StepValues<Real>;
  static constexpr unsigned all_lanes = 0xFFFFFFFFU;
  static constexpr int step_numbers = sizeof(StepValues) / sizeof(Real);
  static_assert(sizeof(StepValues) == step_numbers * sizeof(Real));

  /// Calls use(i, run, prediction, target) for all rows of one load and all runs of the block. The
  /// calls are distributed over the block's threads.
  template <class Use>
  __device__ void predict(const Real* rows, std::int32_t count, Use use) {
    trainer().add_products(rows, count);
    __syncthreads();
    switch (layout_.feature_warps_log2) {
      case 3:
        return use_predictions<8>(count, use);
      case 2:
        return use_predictions<4>(count, use);
      case 1:
        return use_predictions<2>(count, use);
      default:
        return use_predictions<1>(count, use);
    }
  }
  /// Each thread handles some rows of one run.
  template <int FeatureWarps, class Use>
  __device__ void use_predictions(std::int32_t count, Use use) {
    constexpr int runs = Layout::warp_runs * (Layout::warps / FeatureWarps);
    constexpr int stride = Layout::threads / runs;
    const std::int32_t run = thread_of_block() & (runs - 1);
    std::int32_t i = thread_of_block() / runs;
    // The first of the warps that have this run. Its feature warps have consecutive numbers.
    const std::int32_t first_warp = run / Layout::warp_runs * FeatureWarps;
    const Real* sums = &partial_sum(i, first_warp, run % Layout::warp_runs);
    const Real* target = loader_.targets() + i;
    LRSCAPE_KEEP_LOOP
    for (; i < count; i += stride) {
      Real sum[FeatureWarps];
      LRSCAPE_UNROLL
      for (int k = 0; k < FeatureWarps; ++k) sum[k] = sums[k * Layout::warp_runs];
      use(i, run, pairwise_total<FeatureWarps>(sum), *target);
      sums += stride * Layout::row_sums;
      target += stride;
    }
  }

  /// Sets squares() to the sums of the squared residuals of the next `rows` rows.
  __device__ void add_squares(std::int32_t rows) {
    if (owns_run()) squares().clear();
    LRSCAPE_KEEP_LOOP
    for (std::int32_t first = 0; first < rows; first += layout_.stage_rows) {
      const Real* const stage = loader_.take();
      const std::int32_t left = rows - first;
      const std::int32_t count = left < layout_.stage_rows ? left : layout_.stage_rows;
      predict(stage, count, [&](std::int32_t i, std::int32_t run, Real prediction, Real target) {
        residual(i, run) = prediction - target;
      });
      __syncthreads();
      if (!owns_run()) continue;
      LRSCAPE_KEEP_LOOP
      for (std::int32_t i = 0; i < count; ++i) squares().add(residual(i, thread_of_block()));
    }
  }

  __device__ bool is_flagged() {
    const int run = thread_of_block();
    bool diverged = false;
    for (int warp = 0; warp < layout_.feature_warps(); ++warp) {
      const int mask =
          flags()[warp * layout_.run_warps() * Layout::run_lanes + run / Layout::thread_runs];
      diverged = diverged || (mask >> run % Layout::thread_runs & 1) != 0;
    }
    return diverged;
  }

  __device__ static int lane() { return thread_of_block() & 31; }
  __device__ static int warp() { return thread_of_block() >> 5; }
  __device__ int feature_warp() const { return layout_.feature_warp(thread_of_block()); }
  __device__ int run_warp() const { return layout_.run_warp(thread_of_block()); }

  // Thread k owns run k of the block: it handles the run's losses and divergence.

  __device__ bool owns_run() const { return thread_of_block() < layout_.runs(); }
  __device__ std::ptrdiff_t run_of_launch() const {
    return std::ptrdiff_t{blockIdx.x} * layout_.runs() + thread_of_block();
  }
  /// The learning rate (kind 0), the weight decay (1) or their product (2) of a run of the block.
  __device__ Real rate_of_launch(int kind, std::int32_t run) const {
    const Rates<const Real*>& rates = launch_.rates;
    const Real* const values = kind == 0   ? rates.learning_rate
                               : kind == 1 ? rates.weight_decay
                                           : rates.decay_rate;
    return values[std::ptrdiff_t{blockIdx.x} * layout_.runs() + run];
  }
  /// Index of the loss of this thread's run after an epoch.
  __device__ std::ptrdiff_t at_epoch(std::int32_t epoch) const {
    return launch_.training.record_of(epoch) * runs_of_launch() + run_of_launch();
  }
  __device__ std::ptrdiff_t runs_of_launch() const {
    return std::ptrdiff_t{gridDim.x} * layout_.runs();
  }

  /// The sum for a row and a run of a warp over the features of that warp.
  __device__ Real& partial_sum(std::int32_t row, std::int32_t warp, std::int32_t run) {
    return shared()[layout_.places.partial_sums + row * Layout::row_sums +
                    warp * Layout::warp_runs + run];
  }

  __device__ static Real* shared() { return reinterpret_cast<Real*>(dynamic_shared_memory()); }
  __device__ Real* rates() const { return shared() + layout_.places.rates; }
  __device__ std::int32_t* integers() {
    return reinterpret_cast<std::int32_t*>(shared() + layout_.places.integers);
  }
  /// The row numbers of a batch.
  __device__ const std::int32_t* rows_of_batch(std::int32_t epoch, std::int32_t begin) const {
    const TrainingView<Real>& training = launch_.training;
    return launch_.row_orders +
           (std::ptrdiff_t{launch_.block_seed[blockIdx.x]} * training.epochs + epoch - 1) *
               training.train.rows +
           begin;
  }
  __device__ std::int32_t* positions() { return integers() + layout_.places.positions; }
  __device__ std::int32_t* flags() { return integers() + layout_.places.flags; }
  /// diverged_at() and squares() belong to the run that this thread owns.
  __device__ std::int32_t& diverged_at() {
    return integers()[layout_.places.diverged_at + thread_of_block()];
  }
  __device__ SumOfSquares<Real>& squares() {
    return reinterpret_cast<SumOfSquares<Real>*>(dynamic_shared_memory() +
                                                 layout_.places.squares)[thread_of_block()];
  }
  __device__ Real& residual(std::int32_t row, std::int32_t run) {
    return shared()[layout_.places.residuals + row * layout_.runs() + run];
  }
  __device__ StepValues* step_values() const {
    return reinterpret_cast<StepValues*>(dynamic_shared_memory() + layout_.places.step_values);
  }

  /// Starts the copy of one of the numbers that the optimizer needs at `step`, one step ahead.
  /// Called by the first step_numbers threads.
  __device__ void copy_step(std::int32_t step) {
    if (step < launch_.training.epochs * launch_.training.steps_of_epoch)
      __pipeline_memcpy_async(&number_of_step(step), &step_number_of_launch(step), sizeof(Real));
    __pipeline_commit();
  }

  const LaunchArguments<Optimizer, Real>& launch_;
  const Layout& layout_;
  RowLoader<Layout, Real, KeepsBatch> loader_;

 private:
  /// The number among the step values that this thread copies.
  __device__ Real& number_of_step(std::int32_t step) {
    return reinterpret_cast<Real*>(step_values() + (step & 1))[thread_of_block()];
  }
  __device__ const Real& step_number_of_launch(std::int32_t step) const {
    return reinterpret_cast<const Real*>(launch_.step_values + step)[thread_of_block()];
  }

  __device__ Trainer& trainer() { return static_cast<Trainer&>(*this); }
};

}  // namespace lrscape::LRSCAPE_KERNELS
