#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "cuda_language.hpp"
#include "register_layout.hpp"
#include "run_block.cuh"
#include "word.cuh"

// The training kernel for up to 1,024 features: the weights and states of a block's runs stay in registers for the whole
// training, and the rows of the batches, which all runs of a block share, stream through shared
// memory. register_layout.hpp says who owns what.
//
// A thread keeps its sums and runs in slots whose meaning depends on its place among the feature
// lanes: slot s stands for (row, run) s ^ feature_lane of its group. Two lanes whose numbers differ in
// bit b then hold under equal slots what differs in bit b, so that halving the sums in an exchange
// takes no choice between registers.
namespace lrscape::LRSCAPE_KERNELS {

template <class Optimizer, class Real, bool KeepsBatch>
class RegisterTrainer : public RunBlock<RegisterTrainer<Optimizer, Real, KeepsBatch>, Optimizer,
                                        Real, RegisterLayout<Real>, KeepsBatch> {
  using Layout = RegisterLayout<Real>;
  using Block = RunBlock<RegisterTrainer, Optimizer, Real, Layout, KeepsBatch>;
  using Step = typename Optimizer::template Step<Real>;
  using Block::all_lanes;
  using Block::feature_warp;
  using Block::flags;
  using Block::lane;
  using Block::launch_;
  using Block::layout_;
  using Block::loader_;
  using Block::partial_sum;
  using Block::predict;
  using Block::rates;
  using Block::run_warp;
  using Block::runs_of_launch;
  using Block::shared;
  using Block::steps;
  static constexpr int runs_of_thread = Layout::thread_runs;
  /// The features of a thread whose gradient it has at once, in registers.
  static constexpr int part_words = KeepsBatch && sizeof(Real) == sizeof(float) ? 2 : 1;
  static constexpr int parts = Layout::block_words / part_words;
  static constexpr int part_features = part_words * Layout::word;

 public:
  __device__ RegisterTrainer(const LaunchArguments<Optimizer, Real>& launch, const Layout& layout)
      : Block(launch, layout) {
    for (int k = 0; k < summation_block; ++k)
      for (int s = 0; s < runs_of_thread; ++s) {
        weight_[k][s] = 0;
        for (int slot = 0; slot < Optimizer::state_slots; ++slot) state_[k][s][slot] = 0;
      }
    if constexpr (CommutesWithRotations<Optimizer>)
      for (std::int32_t j = thread_of_block(); layout.gram && j < layout.row_values();
           j += Layout::threads)
        this->positions()[j] = -1;
  }

  __device__ void take_step(std::int32_t epoch, std::int32_t begin, std::int32_t batch,
                            std::int32_t step) {
    static_cast<void>(epoch), static_cast<void>(begin);  // In Gram space alone.
    const Real scale = Real(2) / static_cast<Real>(batch);
    const Real number_of_step = this->fetch_step(step);
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
    this->store_step(step, number_of_step);
    if constexpr (CommutesWithRotations<Optimizer>)
      if (layout_.gram)
        return descend_in_gram_space(this->rows_of_batch(epoch, begin), batch, step);
    __syncthreads();
    descend_parts(rows, batch, step, std::make_integer_sequence<int, parts>());
  }

 private:
  friend Block;

  template <int... Part>
  __device__ void descend_parts(const Real* rows, std::int32_t batch, std::int32_t step,
                                std::integer_sequence<int, Part...> /*parts*/) {
    (descend<Part>(rows, batch, step), ...);
  }

  __device__ void add_products(const Real* rows, std::int32_t count) {
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
    update<Part * part_features>(gradient, step);
  }

  /// The gradient's coordinate of a row is the derivative of its loss, or 0 if the batch lacks it.
  __device__ void descend_in_gram_space(const std::int32_t* rows, std::int32_t batch,
                                        std::int32_t step) {
    LRSCAPE_KEEP_LOOP
    for (std::int32_t i = thread_of_block(); i < batch; i += Layout::threads)
      this->positions()[rows[i]] = i;
    __syncthreads();
    descend_coordinates(step, std::make_integer_sequence<int, parts>());
    __syncthreads();
    LRSCAPE_KEEP_LOOP
    for (std::int32_t i = thread_of_block(); i < batch; i += Layout::threads)
      this->positions()[rows[i]] = -1;
  }
  template <int... Part>
  __device__ void descend_coordinates(std::int32_t step,
                                      std::integer_sequence<int, Part...> /*parts*/) {
    (descend_coordinates<Part * part_features>(step), ...);
  }
  template <int First>
  __device__ void descend_coordinates(std::int32_t step) {
    const std::int32_t* const position =
        this->positions() + launch_.training.features - owned_features() + First;
    Real gradient[part_features][runs_of_thread];
    LRSCAPE_UNROLL
    for (int k = 0; k < part_features; ++k) {
      const Word<Real> derivative =
          position[k] < 0 ? Word<Real>{} : read_word(derivative_word(position[k]));
      for (int s = 0; s < runs_of_thread; ++s) gradient[k][s] = derivative.value[s];
    }
    update<First>(gradient, step);
  }

  /// The update of the thread's features from the First on.
  template <int First>
  __device__ void update(const Real (&gradient)[part_features][runs_of_thread], std::int32_t step) {
    const Step& at_step = steps()[step % 2];
    const std::int32_t owned = owned_features();
    const std::int32_t run_of_slot_0 = run_of(feature_lane() % runs_of_thread);
    LRSCAPE_UNROLL
    for (int s = 0; s < runs_of_thread; ++s) {
      const Real* const rate_of_run = rates() + (run_of_slot_0 ^ s);
      const Rates<Real> rate = {rate_of_run[0], rate_of_run[layout_.runs()],
                                rate_of_run[2 * layout_.runs()]};
      auto coefficients = Optimizer::coefficients(rate, at_step);
      LRSCAPE_UNROLL
      for (int k = 0; k < part_features; ++k) {
        if constexpr (sizeof(Real) == sizeof(double)) {
          // Doubles would not fit the registers if what the runs share were kept there.
          forget_what_was_read();
          coefficients = Optimizer::coefficients(rate, at_step);
        }
        if (First + k < owned)
          Optimizer::update(weight_[First + k][s], gradient[k][s], state_[First + k][s],
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

  __device__ static int feature_lane() { return (lane() >> 2 & 3) | (lane() << 1 & 4); }
  __device__ static int run_lane() { return (lane() & 1) | (lane() >> 3 & 2); }
  /// From the thread's first feature to the last of all.
  __device__ std::int32_t owned_features() const {
    return launch_.training.features -
           (feature_warp() * Layout::feature_lanes + feature_lane()) * summation_block;
  }

  __device__ std::int32_t run_of(int run_of_thread) const {
    return (run_warp() * Layout::run_lanes + run_lane()) * runs_of_thread + run_of_thread;
  }
  /// Where the thread's word c lies in a row.
  __device__ std::int32_t word_place(int c) const {
    return layout_.word_place(c, feature_warp(), feature_lane());
  }
  /// Derivatives lie as they are read: for each row and each order of slots a word of a thread's runs.
  __device__ const Real* derivative_word(std::int32_t row) {
    return derivative_word(row, run_warp(), run_lane(), feature_lane() % runs_of_thread);
  }
  __device__ Real* derivative_word(std::int32_t row, std::int32_t warp_of_runs,
                                   std::int32_t lane_of_runs, int slot_order) {
    const std::int32_t upper = (row * layout_.run_warps() + warp_of_runs) * 2 + lane_of_runs / 2;
    const std::int32_t index = (upper * runs_of_thread + slot_order) * 2 + lane_of_runs % 2;
    return shared() + layout_.derivatives() + index * Layout::word;
  }
  __device__ void write_derivative(std::int32_t row, std::int32_t run, Real value) {
    const std::int32_t thread = run / runs_of_thread;
    LRSCAPE_UNROLL
    for (int order = 0; order < runs_of_thread; ++order)
      derivative_word(row, thread / Layout::run_lanes, thread % Layout::run_lanes,
                      order)[run % runs_of_thread ^ order] = value;
  }

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
