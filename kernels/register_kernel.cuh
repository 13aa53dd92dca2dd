#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "cuda_language.hpp"
#include "register_layout.hpp"
#include "run_block.cuh"
#include "together.cuh"
#include "word.cuh"

// The training kernel for up to 1,024 features. The weights and states of a block's runs stay in
// registers for the whole training. The rows of the batches, which all runs of a block share,
// stream through shared memory. register_layout.hpp defines which thread owns which features and
// runs.
//
// A thread keeps its sums and runs in slots. Their meaning depends on the thread's feature lane:
// slot s holds (row, run) number s ^ feature_lane of its group. If the numbers of two lanes differ
// in bit b, the contents of equal slots also differ in bit b, so an exchange can halve the sums
// without selecting registers at run time. The whole class depends on this order, so this file has
// more than 350 lines.
namespace lrscape::LRSCAPE_KERNELS {

template <class Optimizer, class Real, bool KeepsBatch>
class RegisterTrainer : public RunBlock<RegisterTrainer<Optimizer, Real, KeepsBatch>, Optimizer,
                                        Real, RegisterLayout<Real>, KeepsBatch> {
  using Layout = RegisterLayout<Real>;
  using Block = RunBlock<RegisterTrainer, Optimizer, Real, Layout, KeepsBatch>;
  using StepValues = typename Optimizer::template StepValues<Real>;
  using Block::all_lanes;
  using Block::feature_warp;
  using Block::flags;
  using Block::lane;
  using Block::launch_;
  using Block::layout_;
  using Block::loader_;
  using Block::partial_sum;
  using Block::predict;
  using Block::run_warp;
  using Block::runs_of_launch;
  using Block::shared;
  using Block::step_values;
  static constexpr int runs_of_thread = Layout::thread_runs;
  static constexpr int runs_of_thread_log2 = runs_of_thread == 4 ? 2 : 1;
  /// One value for each run of a thread, in the order of its slots, for one feature.
  using Runs = Together<Real, runs_of_thread>;
  /// A thread holds the gradient of one part of its features at a time in registers.
  static constexpr int part_words = KeepsBatch && sizeof(Real) == sizeof(float) ? 2 : 1;
  static constexpr int parts = Layout::block_words / part_words;
  static constexpr int part_features = part_words * Layout::word;
  /// Distance, in values, between consecutive words of a thread in a row.
  static constexpr int word_stride = Layout::feature_lanes * Layout::word;
  /// The positions of consecutive features, read at once.
  struct alignas(part_features < 4 ? 8 : 16) Positions {
    static constexpr int count = part_features < 4 ? 2 : 4;
    std::int32_t of_row[count];
  };

 public:
  __device__ RegisterTrainer(const LaunchArguments<Optimizer, Real>& launch, const Layout& layout)
      : Block(launch, layout) {
    for (int run = thread_of_block(); run < layout.runs(); run += Layout::threads)
      for (int kind = 0; kind < Layout::rate_kinds; ++kind)
        write_slots(rates_of(kind), 1, run, this->rate_of_launch(kind, run));
    for (int k = 0; k < summation_block; ++k) {
      weight_[k] = Runs(0);
      for (int slot = 0; slot < Optimizer::state_slots; ++slot) state_[k][slot] = Runs(0);
    }
    if constexpr (CommutesWithRotations<Optimizer>)
      if (layout.gram) {
        for (std::int32_t j = thread_of_block(); j < layout.row_values(); j += Layout::threads)
          this->positions()[j] = position_of(row_of_zeros());
        for (int run = thread_of_block(); run < layout.runs(); run += Layout::threads)
          write_slots(derivatives_of(row_of_zeros()), layout_.derivative_words, run, 0);
      }
  }

  __device__ void take_step(std::int32_t epoch, std::int32_t begin, std::int32_t batch,
                            std::int32_t step) {
    static_cast<void>(epoch), static_cast<void>(begin);  // Used only in Gram space.
    const Real scale = launch_.training.scale_of(batch);
    const auto predict_load = [&](std::int32_t first) {
      const Real* const rows = loader_.take();
      const std::int32_t left = batch - first;
      const std::int32_t derivatives = derivatives_of(first);
      const std::int32_t stride = layout_.derivative_words;
      predict(rows, KeepsBatch || left < layout_.stage_rows ? left : layout_.stage_rows,
              [=](std::int32_t i, std::int32_t run, Real prediction, Real target) {
                write_slots(derivatives + i * item_values, stride, run,
                            loss_derivative(prediction, target, scale));
              });
      return rows;
    };
    const Real* const rows = predict_load(0);
    if constexpr (!KeepsBatch) {
      LRSCAPE_KEEP_LOOP
      for (std::int32_t first = layout_.stage_rows; first < batch; first += layout_.stage_rows)
        predict_load(first);
    }
    if (batch % Layout::index_word != 0) fill_derivatives(batch);
    if constexpr (CommutesWithRotations<Optimizer>)
      if (layout_.gram) return descend_in_gram_space(epoch, begin, batch, step);
    __syncthreads();
    if (thread_of_block() < Block::step_numbers) this->copy_step(step + 1);
    descend_parts(rows, batch, step, std::make_integer_sequence<int, parts>());
  }

 private:
  friend Block;

  /// Sets the derivatives of the rows that pad the last group of four to 0, so that they add
  /// nothing to a gradient.
  __device__ void fill_derivatives(std::int32_t batch) {
    if (thread_of_block() >= layout_.runs()) return;
    LRSCAPE_KEEP_LOOP
    for (std::int32_t i = batch; i < Layout::filled(batch); ++i)
      write_slots(derivatives_of(i), layout_.derivative_words, thread_of_block(), 0);
  }

  template <int... Part>
  __device__ void descend_parts(const Real* rows, std::int32_t batch, std::int32_t step,
                                std::integer_sequence<int, Part...> /*parts*/) {
    (descend<Part>(rows, batch, step), ...);
    clear_padding();
  }

  __device__ void add_products(const Real* rows, std::int32_t count) {
    constexpr int group = Layout::row_group;
    const std::int32_t row_order = feature_lane() / runs_of_thread;
    const Real* row[group];
    for (int r = 0; r < group; ++r)
      row[r] = rows + words_begin() + (r ^ row_order) * Layout::row_stride;
    Real* sums = &partial_sum(row_order, Block::warp(),
                              run_lane() * runs_of_thread + feature_lane() % runs_of_thread);
    std::int32_t left = count;
    LRSCAPE_KEEP_LOOP
    do {
      LRSCAPE_UNROLL
      for (int first = 0; first < Layout::index_word; first += group) {
        Real sum[Layout::feature_lanes] = {};  // by slot of (row, run)
        LRSCAPE_UNROLL
        for (int c = 0; c < Layout::block_words; ++c) {
          Word<Real> word[group];
          for (int r = 0; r < group; ++r)
            word[r] = read_word(row[r] + first * Layout::row_stride + c * word_stride);
          LRSCAPE_UNROLL
          for (int e = 0; e < Layout::word; ++e)
            for (int r = 0; r < group; ++r)
              for (int s = 0; s < runs_of_thread; ++s)
                sum[r * runs_of_thread + s] =
                    fma(word[r].value[e], weight_[c * Layout::word + e].value[s],
                        sum[r * runs_of_thread + s]);
        }
        sums[first * Layout::row_sums] = sum_over_feature_lanes(sum);
      }
      for (int r = 0; r < group; ++r) row[r] += Layout::index_word * Layout::row_stride;
      sums += Layout::index_word * Layout::row_sums;
      left -= Layout::index_word;
    } while (left > 0);
  }

  /// Sums pairwise, neighbour with neighbour. Returns the sum of the slot whose (row, run) is
  /// feature_lane().
  __device__ Real sum_over_feature_lanes(Real (&sum)[Layout::feature_lanes]) const {
    halve<4>(sum, 4);
    halve<2>(sum, 8);
    halve<1>(sum, 2);
    return sum[0];
  }
  /// Two lanes whose numbers differ in the bit of `mask` exchange half of their slots.
  template <int Kept>
  __device__ static void halve(Real* sum, int mask) {
    for (int k = 0; k < Kept; ++k)
      sum[k] = sum[2 * k] + __shfl_xor_sync(all_lanes, sum[2 * k + 1], mask);
  }

  /// Computes the gradient of one part of each thread's features, with the rows in order, and then
  /// immediately updates these features. `rows` points to the batch if it is kept.
  template <int Part>
  __device__ void descend(const Real* rows, std::int32_t batch, std::int32_t step) {
    Runs gradient[part_features];
    LRSCAPE_UNROLL
    for (int k = 0; k < part_features; ++k) gradient[k] = Runs(0);
    if constexpr (KeepsBatch) {
      add_gradient<Layout::row_stride>(rows + Part * part_words * word_stride, 0, batch, gradient);
    } else {
      const std::int32_t stage = layout_.places.part_rows;
      LRSCAPE_KEEP_LOOP
      for (std::int32_t first = 0; first < batch; first += stage) {
        const std::int32_t left = batch - first;
        add_gradient<Layout::part_stride>(loader_.take(), first, left < stage ? left : stage,
                                          gradient);
      }
    }
    update<Part * part_features>(gradient, step);
  }

  /// The gradient's coordinate of a row is the derivative of the row's loss, or 0 if the row is not
  /// in the batch.
  __device__ void descend_in_gram_space(std::int32_t epoch, std::int32_t begin, std::int32_t batch,
                                        std::int32_t step) {
    if (thread_of_block() < batch)
      set_positions(epoch, begin, batch, [](std::int32_t i) { return position_of(i); });
    __syncthreads();
    if (thread_of_block() < Block::step_numbers) this->copy_step(step + 1);
    descend_coordinates(step, std::make_integer_sequence<int, parts>());
    __syncthreads();
    if (thread_of_block() < batch)
      set_positions(epoch, begin, batch,
                    [&](std::int32_t /*i*/) { return position_of(row_of_zeros()); });
  }
  template <class Position>
  __device__ void set_positions(std::int32_t epoch, std::int32_t begin, std::int32_t batch,
                                Position position) {
    const std::int32_t* const rows = this->rows_of_batch(epoch, begin);
    LRSCAPE_KEEP_LOOP
    for (std::int32_t i = thread_of_block(); i < batch; i += Layout::threads)
      this->positions()[rows[i]] = position(i);
  }
  /// Byte offset of a row's derivatives from the derivatives of row 0.
  __device__ static std::int32_t position_of(std::int32_t row) {
    return row * item_values * static_cast<int>(sizeof(Real));
  }
  /// The row of zero derivatives to which rows outside the batch point. No batch is long enough to
  /// use it.
  __device__ std::int32_t row_of_zeros() const { return layout_.derivative_words - 1; }
  template <int... Part>
  __device__ void descend_coordinates(std::int32_t step,
                                      std::integer_sequence<int, Part...> /*parts*/) {
    (descend_coordinates<Part * part_features>(step), ...);
    clear_padding();
  }
  template <int First>
  __device__ void descend_coordinates(std::int32_t step) {
    const auto* const positions = reinterpret_cast<const Positions*>(
        this->positions() + launch_.training.features - owned_features() + First);
    const unsigned char* const derivatives =
        reinterpret_cast<const unsigned char*>(slots(derivatives_of(0), layout_.derivative_words));
    Runs gradient[part_features];
    LRSCAPE_UNROLL
    for (int first = 0; first < part_features; first += Positions::count) {
      const Positions position = positions[first / Positions::count];
      for (int k = 0; k < Positions::count; ++k)
        gradient[first + k] =
            runs_at(reinterpret_cast<const Real*>(derivatives + position.of_row[k]));
    }
    update<First>(gradient, step);
  }

  /// Updates part_features features of the thread, starting at First.
  template <int First>
  __device__ void update(const Runs (&gradient)[part_features], std::int32_t step) {
    const StepValues& at_step = step_values()[step & 1];
    const std::int32_t owned = owned_features();
    auto coefficients = Optimizer::coefficients(rates_of_thread(), at_step);
    LRSCAPE_UNROLL
    for (int first = 0; first < part_features; first += Layout::word) {
      if (First + first >= owned) continue;
      LRSCAPE_UNROLL
      for (int k = first; k < first + Layout::word; ++k) {
        if constexpr (sizeof(Real) == sizeof(double)) {
          // In fp64 the registers cannot hold the values that all features share, so they are
          // reloaded.
          forget_what_was_read();
          coefficients = Optimizer::coefficients(rates_of_thread(), at_step);
        }
        Optimizer::update(weight_[First + k], gradient[k], state_[First + k], coefficients);
      }
    }
  }

  /// Clears the features that pad a word. Their gradient is 0, and Adam without an epsilon divides
  /// 0 by 0.
  __device__ void clear_padding() {
    if (launch_.training.features % Layout::word == 0) return;
    LRSCAPE_UNROLL
    for (int k = 0; k < summation_block; ++k)
      if (k >= owned_features()) weight_[k] = Runs(0);
  }

  __device__ Rates<Runs> rates_of_thread() const {
    return {runs_at(slots(rates_of(0), 1)), runs_at(slots(rates_of(1), 1)),
            runs_at(slots(rates_of(2), 1))};
  }
  __device__ static Runs runs_at(const Real* word) {
    return __builtin_bit_cast(Runs, read_word(word));
  }

  /// `rows` points to row `first` of the batch; consecutive rows are RowStride values apart. The
  /// rows that pad the last group of four have derivatives of 0.
  template <int RowStride>
  __device__ void add_gradient(const Real* rows, std::int32_t first, std::int32_t count,
                               Runs (&gradient)[part_features]) {
    const Real* words = rows + words_begin();
    const Real* factors = slots(derivatives_of(first), layout_.derivative_words);
    std::int32_t left = count;
    LRSCAPE_KEEP_LOOP
    do {
      LRSCAPE_UNROLL
      for (int i = 0; i < Layout::index_word; ++i) {
        const Word<Real> factor = read_word(factors + i * item_values);
        LRSCAPE_UNROLL
        for (int c = 0; c < part_words; ++c) {
          const Word<Real> word = read_word(words + i * RowStride + c * word_stride);
          for (int e = 0; e < Layout::word; ++e)
            for (int s = 0; s < runs_of_thread; ++s) {
              Real& sum = gradient[c * Layout::word + e].value[s];
              sum = fma(word.value[e], factor.value[s], sum);
            }
        }
      }
      words += Layout::index_word * RowStride;
      factors += Layout::index_word * item_values;
      left -= Layout::index_word;
    } while (left > 0);
  }

  /// Sets flags() for runs with a weight that is not finite.
  __device__ void flag_divergence() {
    int mask = 0;
    LRSCAPE_UNROLL
    for (int s = 0; s < runs_of_thread; ++s) {
      Real probe = 0;  // 0 * w stays 0 unless w is infinite or NaN.
      for (int k = 0; k < summation_block; ++k) probe = fma(Real(0), weight_[k].value[s], probe);
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
                        run] = weight_[k].value[s];
      }
  }

  // The place of the thread in its block.

  __device__ static int feature_lane() { return Layout::feature_lane(lane()); }
  __device__ static int run_lane() { return Layout::run_lane(lane()); }
  /// Index of the thread's first word in its warp's share of a row, in values.
  __device__ static int words_begin() {
    return Layout::lane_place(thread_of_block()) * Layout::word;
  }
  /// The number of features from the thread's first feature to the last feature of the problem.
  __device__ std::int32_t owned_features() const {
    return launch_.training.features -
           (feature_warp() * Layout::feature_lanes + feature_lane()) * summation_block;
  }

  __device__ std::int32_t run_of(int run_of_thread) const {
    return (run_warp() * Layout::run_lanes + run_lane()) * runs_of_thread + run_of_thread;
  }

  // The values of a run are stored in the layout in which threads read them. The runs of a thread
  // have `stride` items, and an item has a word for every order of the run slots.

  static constexpr int item_values = runs_of_thread * Layout::word;

  __device__ std::int32_t derivatives_of(std::int32_t row) const {
    return layout_.places.derivatives + row * item_values;
  }
  __device__ std::int32_t rates_of(int kind) const {
    return layout_.places.rates + kind * layout_.runs() * Layout::word;
  }
  __device__ const Real* slots(std::int32_t items, std::int32_t stride) const {
    const std::int32_t thread_of_runs = run_warp() * Layout::run_lanes + run_lane();
    const int order = feature_lane() % runs_of_thread;
    return shared() + items + thread_of_runs * stride * item_values + order * Layout::word;
  }
  /// Writes the value in every slot order. Items are aligned, so an exclusive or of slots is an
  /// exclusive or of addresses. The code uses byte offsets, because the compiler does not see this
  /// in an array index.
  __device__ static void write_slots(std::int32_t items, std::int32_t stride, std::int32_t run,
                                     Real value) {
    constexpr int size = sizeof(Real);
    const std::int32_t slot = items * size +
                              (run >> runs_of_thread_log2) * stride * (item_values * size) +
                              (run & (runs_of_thread - 1)) * size;
    LRSCAPE_UNROLL
    for (int order = 0; order < runs_of_thread; ++order)
      *reinterpret_cast<Real*>(dynamic_shared_memory() + (slot ^ order * size) +
                               order * Layout::word * size) = value;
  }

  Runs weight_[summation_block];
  Runs state_[summation_block][Optimizer::state_slots];
};

/// A block of Layout::threads threads trains Layout::runs() runs. Needs shared_bytes() of dynamic
/// shared memory.
template <class Optimizer, class Real, bool KeepsBatch>
__global__ void __launch_bounds__(RegisterLayout<Real>::threads, 1)
    train_in_registers(const __grid_constant__ LaunchArguments<Optimizer, Real> launch,
                       const __grid_constant__ RegisterLayout<Real> layout) {
  RegisterTrainer<Optimizer, Real, KeepsBatch>(launch, layout).train();
}

}  // namespace lrscape::LRSCAPE_KERNELS
