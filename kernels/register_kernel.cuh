#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "cuda_language.hpp"
#include "launch_arguments.hpp"
#include "lrscape/numerics/pairwise_sum.hpp"
#include "register_layout.hpp"
#include "row_loader.cuh"
#include "training_loop.cuh"
#include "word.cuh"

// The fast training kernel: the weights and states of a block's runs stay in registers for the whole
// training, and the rows of the batches, which all runs of a block share, stream through shared
// memory. register_layout.hpp says who owns what.
//
// A thread keeps its sums and runs in slots whose meaning depends on its place among the feature
// lanes: slot s stands for (row, run) s ^ feature_lane of its group. Two lanes whose numbers differ in
// bit b then hold under equal slots what differs in bit b, so that halving the sums in an exchange
// takes no choice between registers.
namespace lrscape::LRSCAPE_KERNELS {

template <class Optimizer, class Real, bool KeepsBatch>
class RegisterTrainer {
  using Layout = RegisterLayout<Real>;
  using Step = typename Optimizer::template Step<Real>;
  static constexpr int runs_of_thread = Layout::thread_runs;
  /// The features of a thread whose gradient it has at once, in registers.
  static constexpr int part_words = KeepsBatch && sizeof(Real) == sizeof(float) ? 2 : 1;
  static constexpr int parts = Layout::block_words / part_words;
  static constexpr int part_features = part_words * Layout::word;
  static constexpr int step_numbers = sizeof(Step) / sizeof(Real);
  static_assert(sizeof(Step) == step_numbers * sizeof(Real));
  static constexpr unsigned all_lanes = 0xFFFFFFFFU;

 public:
  __device__ RegisterTrainer(const LaunchArguments<Optimizer, Real>& launch, const Layout& layout)
      : launch_(launch), layout_(layout), loader_(launch.training, layout, launch.row_orders) {
    for (int k = 0; k < summation_block; ++k)
      for (int s = 0; s < runs_of_thread; ++s) {
        weight_[k][s] = 0;
        for (int slot = 0; slot < Optimizer::state_slots; ++slot) state_[k][s][slot] = 0;
      }
    const std::ptrdiff_t first_run = std::ptrdiff_t{blockIdx.x} * layout.runs();
    for (int run = thread_of_block(); run < layout.runs(); run += Layout::threads) {
      rates()[run] = launch.rates.learning_rate[first_run + run];
      rates()[layout.runs() + run] = launch.rates.weight_decay[first_run + run];
      rates()[2 * layout.runs() + run] = launch.rates.decay_rate[first_run + run];
    }
  }

  __device__ void train() {
    if (owns_run()) diverged_at() = not_diverged;
    loader_.start(launch_.block_seed[blockIdx.x]);
    train_epochs(launch_.training, *this);
    loader_.finish();
    if (owns_run()) launch_.diverged_at[run_of_launch()] = diverged_at();
    if (launch_.weights != nullptr) write_weights();
  }

  __device__ void take_step(std::int32_t /*begin*/, std::int32_t batch, std::int32_t step) {
    const Real scale = Real(2) / static_cast<Real>(batch);
    const Real number_of_step = fetch_step(step);
    const Real* rows = nullptr;
    LRSCAPE_KEEP_LOOP
    for (std::int32_t first = 0; first < batch; first += layout_.stage_rows) {
      rows = loader_.take();
      const std::int32_t left = batch - first;
      predict(rows, left < layout_.stage_rows ? left : layout_.stage_rows,
              [&](std::int32_t i, std::int32_t run, Real prediction, Real target) {
                write_derivative(first + i, run, loss_derivative(prediction, target, scale));
              });
    }
    if (thread_of_block() < step_numbers)
      reinterpret_cast<Real*>(steps() + step % 2)[thread_of_block()] = number_of_step;
    __syncthreads();
    descend_parts(rows, batch, step, std::make_integer_sequence<int, parts>());
  }

  __device__ bool note_divergence(std::int32_t epoch) {
    flag_divergence();
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
    if (owns_run() && epoch == training.epochs && diverged_at() == not_diverged &&
        !is_finite(launch_.validation_loss[at_epoch(epoch)]))
      diverged_at() = epoch;
  }

 private:
  template <int... Part>
  __device__ void descend_parts(const Real* rows, std::int32_t batch, std::int32_t step,
                                std::integer_sequence<int, Part...> /*parts*/) {
    (descend<Part>(rows, batch, step), ...);
  }

  /// Calls use(i, run, prediction, target) for the rows of one load and all runs of the block, spread
  /// over its threads.
  template <class Use>
  __device__ void predict(const Real* rows, std::int32_t count, Use use) {
    constexpr int group = Layout::row_group;
    const std::int32_t word_stride = layout_.word_stride();
    const std::int32_t row_order = feature_lane() / runs_of_thread;
    const Real* row[group];
    for (int r = 0; r < group; ++r)
      row[r] = rows + word_place(0) * Layout::word + (r ^ row_order) * layout_.row_values();
    LRSCAPE_KEEP_LOOP
    for (std::int32_t first = 0; first < count; first += group) {
      Real sum[Layout::feature_lanes] = {};  // of slot (row, run)
      LRSCAPE_UNROLL
      for (int c = 0; c < Layout::block_words; ++c) {
        Word<Real> word[group];
        for (int r = 0; r < group; ++r) word[r] = read_word(row[r] + c * word_stride);
        LRSCAPE_UNROLL
        for (int e = 0; e < Layout::word; ++e)
          for (int r = 0; r < group; ++r)
            for (int s = 0; s < runs_of_thread; ++s)
              sum[r * runs_of_thread + s] = fma(word[r].value[e], weight_[c * Layout::word + e][s],
                                                sum[r * runs_of_thread + s]);
      }
      for (int r = 0; r < group; ++r) row[r] += group * layout_.row_values();
      partial_sum(first + row_order, feature_warp(), run_of(feature_lane() % runs_of_thread)) =
          sum_over_feature_lanes(sum);
    }
    __syncthreads();
    const Real* const targets = loader_.targets();
    for (std::int32_t k = thread_of_block(); k < count * layout_.runs(); k += Layout::threads) {
      const std::int32_t i = k / layout_.runs();
      const std::int32_t run = k % layout_.runs();
      use(i, run, sum_over_warps(i, run), targets[i]);
    }
  }

  /// Pairwise, neighbour with neighbour: returns the sum of the slot whose (row, run) is feature_lane().
  __device__ Real sum_over_feature_lanes(Real (&sum)[Layout::feature_lanes]) const {
    halve<4>(sum, 4);
    halve<2>(sum, 8);
    halve<1>(sum, 2);
    return sum[0];
  }
  /// Lanes that differ in one bit of the lane number, which `mask` has, share out their slots.
  template <int Kept>
  __device__ static void halve(Real* sum, int mask) {
    for (int k = 0; k < Kept; ++k)
      sum[k] = sum[2 * k] + __shfl_xor_sync(all_lanes, sum[2 * k + 1], mask);
  }

  __device__ Real sum_over_warps(std::int32_t row, std::int32_t run) {
    Real sum[Layout::warps];
    LRSCAPE_UNROLL
    for (int k = 0; k < Layout::warps; ++k)
      sum[k] = k < layout_.feature_warps() ? partial_sum(row, k, run) : Real(0);
    return pairwise_total<Layout::warps>(sum);
  }

  /// The gradient of one part of each thread's features, its rows in order, and right after it the
  /// update. `rows` is where the batch lies, if it is kept.
  template <int Part>
  __device__ void descend(const Real* rows, std::int32_t batch, std::int32_t step) {
    Real gradient[part_features][runs_of_thread] = {};
    if constexpr (KeepsBatch) {
      add_gradient(rows + word_place(Part * part_words) * Layout::word, layout_.row_values(), 0,
                   batch, gradient);
    } else {
      const std::int32_t stage = Layout::block_words * layout_.stage_rows;
      LRSCAPE_KEEP_LOOP
      for (std::int32_t first = 0; first < batch; first += stage) {
        const std::int32_t left = batch - first;
        add_gradient(loader_.take() + word_place(0) * Layout::word, layout_.word_stride(), first,
                     left < stage ? left : stage, gradient);
      }
    }
    const Step& at_step = steps()[step % 2];
    const std::int32_t owned = owned_features();
    const std::int32_t first_run = run_of(0);
    const std::int32_t order = feature_lane() % runs_of_thread;
    LRSCAPE_UNROLL
    for (int s = 0; s < runs_of_thread; ++s) {
      const Real* const rate_of_run = rates() + first_run + (s ^ order);
      const Rates<Real> rate = {rate_of_run[0], rate_of_run[layout_.runs()],
                                rate_of_run[2 * layout_.runs()]};
      auto coefficients = Optimizer::coefficients(rate, at_step);
      LRSCAPE_UNROLL
      for (int k = 0; k < part_features; ++k) {
        constexpr int first = Part * part_features;
        if constexpr (sizeof(Real) == sizeof(double)) {
          // Doubles would not fit the registers if what the runs share were kept there.
          forget_what_was_read();
          coefficients = Optimizer::coefficients(rate, at_step);
        }
        if (first + k < owned)
          Optimizer::update(weight_[first + k][s], gradient[k][s], state_[first + k][s],
                            coefficients);
      }
    }
  }

  __device__ void add_gradient(const Real* words, std::int32_t row_values, std::int32_t first,
                               std::int32_t count,
                               Real (&gradient)[part_features][runs_of_thread]) {
    const std::int32_t word_stride = layout_.word_stride();
    const Real* factors = derivative_word(first);
    const std::int32_t factor_stride = layout_.run_warps() * Layout::warp_runs * runs_of_thread;
    LRSCAPE_KEEP_LOOP
    for (std::int32_t i = 0; i < count; ++i, words += row_values, factors += factor_stride) {
      const Word<Real> factor = read_word(factors);
      LRSCAPE_UNROLL
      for (int c = 0; c < part_words; ++c) {
        const Word<Real> word = read_word(words + c * word_stride);
        for (int e = 0; e < Layout::word; ++e)
          for (int s = 0; s < runs_of_thread; ++s)
            gradient[c * Layout::word + e][s] =
                fma(word.value[e], factor.value[s], gradient[c * Layout::word + e][s]);
      }
    }
  }

  /// The residuals of the rows that are loaded next, into squares().
  __device__ void add_squares(std::int32_t rows) {
    if (owns_run()) squares() = SumOfSquares<Real>();
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

  /// Leaves in flags() which runs hold a weight that is not finite.
  __device__ void flag_divergence() {
    int mask = 0;
    LRSCAPE_UNROLL
    for (int s = 0; s < runs_of_thread; ++s) {
      Real probe = 0;  // 0 * w stays 0 unless w is infinite or NaN.
      for (int k = 0; k < summation_block; ++k) probe = fma(Real(0), weight_[k][s], probe);
      if (!is_finite(probe)) mask |= 1 << (s ^ feature_lane() % runs_of_thread);
    }
    for (const int lane_bit : {2, 4, 8}) mask |= __shfl_xor_sync(all_lanes, mask, lane_bit);
    if (feature_lane() == 0)
      flags()[feature_warp() * layout_.run_warps() * Layout::run_lanes +
              run_warp() * Layout::run_lanes + run_lane()] = mask;
  }
  __device__ bool is_flagged() {
    const int run = thread_of_block();
    bool diverged = false;
    for (int warp = 0; warp < layout_.feature_warps(); ++warp) {
      const int mask =
          flags()[warp * layout_.run_warps() * Layout::run_lanes + run / runs_of_thread];
      diverged = diverged || (mask >> run % runs_of_thread & 1) != 0;
    }
    return diverged;
  }

  __device__ void write_weights() {
    LRSCAPE_UNROLL
    for (int k = 0; k < summation_block; ++k)
      for (int s = 0; s < runs_of_thread; ++s) {
        if (k >= owned_features()) continue;
        const std::ptrdiff_t feature = launch_.training.features - owned_features() + k;
        const std::int32_t run = run_of(s ^ feature_lane() % runs_of_thread);
        launch_.weights[feature * runs_of_launch() + std::ptrdiff_t{blockIdx.x} * layout_.runs() +
                        run] = weight_[k][s];
      }
  }

  // Where the thread stands. Lanes that read the same words are neighbours or next but one, which makes
  // 16-byte reads of shared memory twice as fast.

  __device__ static int lane() { return thread_of_block() % 32; }
  __device__ static int warp() { return thread_of_block() / 32; }
  __device__ static int feature_lane() { return (lane() >> 2 & 3) | (lane() << 1 & 4); }
  __device__ static int run_lane() { return (lane() & 1) | (lane() >> 3 & 2); }
  __device__ int feature_warp() const { return warp() & (layout_.feature_warps() - 1); }
  __device__ int run_warp() const { return warp() >> layout_.feature_warps_log2; }
  /// From the thread's first feature to the last of all.
  __device__ std::int32_t owned_features() const {
    return launch_.training.features -
           (feature_warp() * Layout::feature_lanes + feature_lane()) * summation_block;
  }

  // A block's runs are numbered; the thread of that number answers for a run.

  __device__ bool owns_run() const { return thread_of_block() < layout_.runs(); }
  __device__ std::int32_t run_of(int run_of_thread) const {
    return (run_warp() * Layout::run_lanes + run_lane()) * runs_of_thread + run_of_thread;
  }
  __device__ std::ptrdiff_t run_of_launch() const {
    return std::ptrdiff_t{blockIdx.x} * layout_.runs() + thread_of_block();
  }
  /// Where a loss of this thread's run goes.
  __device__ std::ptrdiff_t at_epoch(std::int32_t epoch) const {
    return (launch_.training.record_epochs ? (epoch - 1) * runs_of_launch() : 0) + run_of_launch();
  }
  __device__ std::ptrdiff_t runs_of_launch() const {
    return std::ptrdiff_t{gridDim.x} * layout_.runs();
  }

  /// Where the thread's word c lies in a row.
  __device__ std::int32_t word_place(int c) const {
    return layout_.word_place(c, feature_warp(), feature_lane());
  }
  __device__ Real& partial_sum(std::int32_t row, std::int32_t warp, std::int32_t run) {
    return shared()[layout_.partial_sums() +
                    (row * layout_.feature_warps() + warp) * layout_.runs() + run];
  }

  /// Derivatives lie as they are read: for each row and each order of slots a word of a thread's runs.
  __device__ const Real* derivative_word(std::int32_t row) {
    return derivative_word(row, run_warp(), run_lane(), feature_lane() % runs_of_thread);
  }
  __device__ Real* derivative_word(std::int32_t row, std::int32_t run_warp, std::int32_t run_lane,
                                   int slot_order) {
    const std::int32_t upper = (row * layout_.run_warps() + run_warp) * 2 + run_lane / 2;
    const std::int32_t index = (upper * runs_of_thread + slot_order) * 2 + run_lane % 2;
    return shared() + layout_.derivatives() + index * Layout::word;
  }
  __device__ void write_derivative(std::int32_t row, std::int32_t run, Real value) {
    const std::int32_t lane = run / runs_of_thread;
    LRSCAPE_UNROLL
    for (int order = 0; order < runs_of_thread; ++order)
      derivative_word(row, lane / Layout::run_lanes, lane % Layout::run_lanes,
                      order)[run % runs_of_thread ^ order] = value;
  }

  __device__ static Real* shared() { return reinterpret_cast<Real*>(dynamic_shared_memory()); }
  __device__ Real* rates() { return shared() + layout_.rates(); }
  __device__ std::int32_t* integers() {
    return reinterpret_cast<std::int32_t*>(shared() + layout_.values());
  }
  __device__ std::int32_t* flags() { return integers() + layout_.flags(); }
  /// Of the run that this thread owns.
  __device__ std::int32_t& diverged_at() {
    return integers()[layout_.diverged_at() + thread_of_block()];
  }
  __device__ SumOfSquares<Real>& squares() {
    return reinterpret_cast<SumOfSquares<Real>*>(steps() + 2)[thread_of_block()];
  }
  __device__ Real& residual(std::int32_t row, std::int32_t run) {
    return shared()[layout_.derivatives() + row * layout_.runs() + run];
  }
  __device__ Step* steps() { return reinterpret_cast<Step*>(integers() + layout_.integers()); }

  /// One of the numbers that the optimizer needs at a step, long before it does.
  __device__ Real fetch_step(std::int32_t step) const {
    const auto* const numbers = reinterpret_cast<const Real*>(launch_.steps + step);
    return thread_of_block() < step_numbers ? numbers[thread_of_block()] : Real(0);
  }

  const LaunchArguments<Optimizer, Real>& launch_;
  const Layout& layout_;
  RowLoader<Real, KeepsBatch> loader_;
  Real weight_[summation_block][runs_of_thread];
  Real state_[summation_block][runs_of_thread][Optimizer::state_slots];
};

/// A block of Layout::threads trains Layout::runs() runs. Dynamic shared memory: shared_bytes().
template <class Optimizer, class Real, bool KeepsBatch>
__global__ void __launch_bounds__(RegisterLayout<Real>::threads, 1)
    train_in_registers(const __grid_constant__ LaunchArguments<Optimizer, Real> launch,
                       const __grid_constant__ RegisterLayout<Real> layout) {
  RegisterTrainer<Optimizer, Real, KeepsBatch>(launch, layout).train();
}

}  // namespace lrscape::LRSCAPE_KERNELS
