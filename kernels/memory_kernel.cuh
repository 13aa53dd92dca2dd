#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/training_loop.hpp"
#include "cuda_language.hpp"
#include "launch_arguments.hpp"
#include "lrscape/numerics/pairwise_sum.hpp"
#include "memory_layout.hpp"
#include "word.cuh"

// The training kernel for any number of features and any batch size. A block trains a few runs,
// whose weights and states are in shared memory or, if they do not fit, in global memory. Rows are
// read from global memory. memory_layout.hpp defines which thread owns which features.
namespace lrscape::LRSCAPE_KERNELS {

template <class Optimizer, class Real>
class MemoryTrainer {
  using Layout = MemoryLayout<Real>;
  static constexpr int runs = Layout::block_runs;
  static constexpr int group = Layout::row_group;
  static constexpr unsigned all_lanes = 0xFFFFFFFFU;

 public:
  /// `block` is the index of this block of runs among `blocks`; `scratch` belongs to this thread
  /// block.
  __device__ MemoryTrainer(const LaunchArguments<Optimizer, Real>& launch, const Layout& layout,
                           std::int32_t block, std::int32_t blocks, Real* scratch)
      : launch_(launch), layout_(layout), block_(block), blocks_(blocks), derivative_(scratch) {
    Real* const shared = reinterpret_cast<Real*>(dynamic_shared_memory());
    sums_ = shared;
    weights_ = layout.state_in_shared ? shared + Layout::shared_values
                                      : scratch + std::ptrdiff_t{layout.derivatives} * runs;
    order_ = launch.row_orders + std::ptrdiff_t{launch.block_seed[block]} * launch.training.epochs *
                                     launch.training.train.rows;
    for (std::ptrdiff_t k = threadIdx.x; k < layout.state_values(Optimizer::state_slots);
         k += Layout::threads)
      weights_[k] = 0;
    for (std::ptrdiff_t k = threadIdx.x; k < std::ptrdiff_t{layout.derivatives} * runs;
         k += Layout::threads)
      derivative_[k] = 0;
    __syncthreads();
  }

  __device__ void train() {
    train_epochs(launch_.training, *this);
    if (owns_run()) launch_.diverged_at[run_of_launch()] = diverged_at_;
    if (launch_.weights != nullptr) write_weights();
    __syncthreads();  // This block trains the next runs in the same memory.
  }

  __device__ void take_step(std::int32_t epoch, std::int32_t begin, std::int32_t batch,
                            std::int32_t step) {
    const std::int32_t* const rows =
        order_ + std::ptrdiff_t{epoch - 1} * launch_.training.train.rows + begin;
    const auto row = [&](std::int32_t i) { return rows[i]; };
    const bool gram = launch_.training.space == Space::gram;
    const Real scale = launch_.training.scale_of(batch);
    predict(launch_.training.train, batch, row, [&](std::int32_t i, int run, Real prediction) {
      derivative_[std::ptrdiff_t{gram ? row(i) : i} * runs + run] =
          loss_derivative(prediction, launch_.training.train.targets[row(i)], scale);
    });
    __syncthreads();
    if constexpr (CommutesWithRotations<Optimizer>)
      if (gram) descend_in_gram_space(batch, row, launch_.step_values[step]);
    if (!gram) descend(batch, row, launch_.step_values[step]);
    __syncthreads();
  }

  __device__ bool note_divergence(std::int32_t epoch) {
    Real probe[runs] = {};  // 0 * w stays 0 unless w is infinite or NaN.
    for_each_feature([&](std::ptrdiff_t at, std::int32_t /*feature*/) {
      const auto weight = read_word(weights_ + at);
      for (int r = 0; r < runs; ++r) probe[r] = fma(Real(0), weight.value[r], probe[r]);
    });
    for (int r = 0; r < runs; ++r) {
      const bool diverged = __syncthreads_or(!is_finite(probe[r])) != 0;
      if (diverged && diverged_at_ == not_diverged && static_cast<int>(threadIdx.x) == r)
        diverged_at_ = epoch;
    }
    return __syncthreads_and(!owns_run() || diverged_at_ != not_diverged) != 0;
  }

  __device__ void evaluate(std::int32_t epoch, bool all_diverged) {
    const TrainingView<Real>& training = launch_.training;
    const std::ptrdiff_t at = training.record_of(epoch) * runs_of_launch() + run_of_launch();
    const auto record = [&](const DataView<Real>& data, Real* losses) {
      const Real value = all_diverged ? Real(0) : mean_squared_error(data);
      if (owns_run()) losses[at] = recorded_loss(value, diverged_at_);
    };
    record(training.validation, launch_.validation_loss);
    if (training.train_loss) record(training.train, launch_.train_loss);
    if (owns_run() && epoch == training.epochs &&
        diverges_late(launch_.validation_loss[at], diverged_at_))
      diverged_at_ = epoch;
  }

 private:
  /// Calls use(i, run, prediction) for the rows row(0) .. row(count - 1) and all runs, in
  /// unspecified order. Each call is made by one thread.
  template <class Row, class Use>
  __device__ void predict(const DataView<Real>& data, std::int32_t count, Row row, Use use) {
    const int row_order = lane() % group;
    int buffer = 0;
    LRSCAPE_KEEP_LOOP
    for (std::int32_t first = 0; first < count; first += group) {
      PairwiseSums<Real, 1> total;
      const Real* rows[group];  // Slot r holds row r ^ row_order, as in register_kernel.cuh.
      for (int r = 0; r < group; ++r) {
        const std::int32_t i = first + (r ^ row_order);
        rows[r] =
            data.features + std::ptrdiff_t{row(i < count ? i : count - 1)} * layout_.row_values();
      }
      LRSCAPE_KEEP_LOOP
      for (std::int32_t begin = 0; begin < layout_.feature_warps; begin += Layout::warps) {
        Real sum[runs * group] = {};
        if (begin + warp() < layout_.feature_warps) add_products(begin + warp(), rows, sum);
        const Real of_warp = sum_over_lanes(sum);
        Real* const sums = sums_ + buffer * (Layout::warps * Layout::sum_values);
        if (lane() < Layout::sum_values) sums[warp() * Layout::sum_values + lane()] = of_warp;
        __syncthreads();
        buffer ^= 1;
        if (static_cast<int>(threadIdx.x) >= Layout::sum_values) continue;
        Real of_warps[Layout::warps];
        for (int w = 0; w < Layout::warps; ++w)
          of_warps[w] = sums[w * Layout::sum_values + static_cast<int>(threadIdx.x)];
        Real of_pass[1] = {pairwise_total<Layout::warps>(of_warps)};
        total.push(of_pass);
      }
      // Thread run * group + row has the total of (row, run).
      const std::int32_t i = first + static_cast<std::int32_t>(threadIdx.x) % group;
      const int run = static_cast<int>(threadIdx.x) / group;
      Real prediction[1];
      total.total(prediction);
      if (run < runs && i < count) use(i, run, prediction[0]);
    }
  }

  /// Adds the products of each row and the weights of a lane's summation block, with the features
  /// in order.
  __device__ void add_products(std::int32_t feature_warp, const Real* const (&rows)[group],
                               Real (&sum)[runs * group]) {
    LRSCAPE_KEEP_LOOP
    for (int c = 0; c < Layout::block_words; ++c) {
      const std::int32_t place = layout_.word_place(c, feature_warp, lane()) * Layout::word;
      Word<Real> word[group];
      for (int r = 0; r < group; ++r) word[r] = read_word(rows[r] + place);
      for (int e = 0; e < Layout::word; ++e) {
        const auto weight = read_word(weights_ + state_place(feature_warp, c * Layout::word + e));
        for (int r = 0; r < group; ++r)
          for (int k = 0; k < runs; ++k)
            sum[k * group + r] = fma(word[r].value[e], weight.value[k], sum[k * group + r]);
      }
    }
  }

  /// Sums pairwise over the lanes, neighbour with neighbour. Lane x returns the sum of row x %
  /// group, run x / group. If there are fewer sums than lanes, lanes that differ only in the
  /// highest bits return the same sum.
  __device__ static Real sum_over_lanes(Real (&sum)[runs * group]) {
    int mask = 1;
    LRSCAPE_UNROLL
    for (int left = runs * group / 2; left >= runs; left /= 2, mask *= 2)
      for (int k = 0; k < left; ++k)
        sum[k] = sum[2 * k] + __shfl_xor_sync(all_lanes, sum[2 * k + 1], mask);
    LRSCAPE_UNROLL
    for (int left = runs / 2; left >= 1; left /= 2, mask *= 2) {
      const bool upper = (lane() & mask) != 0;
      for (int k = 0; k < left; ++k) {
        const Real given = upper ? sum[2 * k] : sum[2 * k + 1];
        const Real kept = upper ? sum[2 * k + 1] : sum[2 * k];
        sum[k] = kept + __shfl_xor_sync(all_lanes, given, mask);
      }
    }
    LRSCAPE_UNROLL
    for (; mask < 32; mask *= 2) sum[0] = sum[0] + __shfl_xor_sync(all_lanes, sum[0], mask);
    return sum[0];
  }

  struct Coefficients {
    typename Optimizer::template Coefficients<Real> of_run[runs];
  };

  __device__ Coefficients
  coefficients_at(const typename Optimizer::template StepValues<Real>& step) const {
    const std::ptrdiff_t first_run = std::ptrdiff_t{block_} * runs;
    Coefficients coefficients;
    for (int k = 0; k < runs; ++k) {
      const Rates<Real> rates = {launch_.rates.learning_rate[first_run + k],
                                 launch_.rates.weight_decay[first_run + k],
                                 launch_.rates.decay_rate[first_run + k]};
      coefficients.of_run[k] = Optimizer::coefficients(rates, step);
    }
    return coefficients;
  }

  /// The derivatives are the gradient. They are 0 for rows outside the batch, and all are reset to
  /// 0 at the end.
  template <class Row>
  __device__ void descend_in_gram_space(std::int32_t batch, Row row,
                                        const typename Optimizer::template StepValues<Real>& step) {
    const auto coefficients = coefficients_at(step);
    for_each_feature([&](std::ptrdiff_t at, std::int32_t j) {
      update(at, read_word(derivative_ + std::ptrdiff_t{j} * runs).value, coefficients);
    });
    __syncthreads();
    for (std::int32_t i = static_cast<std::int32_t>(threadIdx.x); i < batch; i += Layout::threads)
      write_word(derivative_ + std::ptrdiff_t{row(i)} * runs, Word<Real>{});
  }

  /// Computes the gradient of each weight, with the rows in order, and then immediately updates the
  /// weight.
  template <class Row>
  __device__ void descend(std::int32_t batch, Row row,
                          const typename Optimizer::template StepValues<Real>& step) {
    const auto coefficients = coefficients_at(step);
    const Real* const features = launch_.training.train.features;
    LRSCAPE_KEEP_LOOP
    for (std::int32_t w = warp(); w < layout_.feature_warps; w += Layout::warps) {
      LRSCAPE_KEEP_LOOP
      for (int c = 0; c < Layout::block_words; ++c) {
        const std::int32_t place = layout_.word_place(c, w, lane()) * Layout::word;
        Real gradient[Layout::word][runs] = {};
        LRSCAPE_UNROLL_TWICE
        for (std::int32_t i = 0; i < batch; ++i) {
          const auto factor = read_word(derivative_ + std::ptrdiff_t{i} * runs);
          const auto word =
              read_word(features + std::ptrdiff_t{row(i)} * layout_.row_values() + place);
          for (int e = 0; e < Layout::word; ++e)
            for (int k = 0; k < runs; ++k)
              gradient[e][k] = fma(word.value[e], factor.value[k], gradient[e][k]);
        }
        LRSCAPE_UNROLL
        for (int e = 0; e < Layout::word; ++e)
          if (feature(w, c * Layout::word + e) < launch_.training.features)
            update(state_place(w, c * Layout::word + e), gradient[e], coefficients);
      }
    }
  }

  __device__ void update(std::ptrdiff_t at, const Real (&gradient)[runs],
                         const Coefficients& coefficients) {
    auto weight = read_word(weights_ + at);
    Word<Real> states[Optimizer::state_slots];
    for (int s = 0; s < Optimizer::state_slots; ++s)
      states[s] = read_word(weights_ + (s + 1) * layout_.slot_values() + at);
    LRSCAPE_UNROLL
    for (int k = 0; k < runs; ++k) {
      Real state[Optimizer::state_slots];
      for (int s = 0; s < Optimizer::state_slots; ++s) state[s] = states[s].value[k];
      Optimizer::update(weight.value[k], gradient[k], state, coefficients.of_run[k]);
      for (int s = 0; s < Optimizer::state_slots; ++s) states[s].value[k] = state[s];
    }
    write_word(weights_ + at, weight);
    for (int s = 0; s < Optimizer::state_slots; ++s)
      write_word(weights_ + (s + 1) * layout_.slot_values() + at, states[s]);
  }

  /// Returns the mean over rows of (a_i . w - b_i)^2 to the thread that owns the run.
  __device__ Real mean_squared_error(const DataView<Real>& data) {
    SumOfSquares<Real> squares;
    Real* const residuals = sums_ + 2 * Layout::warps * Layout::sum_values;
    LRSCAPE_KEEP_LOOP
    for (std::int32_t first = 0; first < data.rows; first += group) {
      const std::int32_t left = data.rows - first;
      const std::int32_t count = left < group ? left : group;
      predict(
          data, count, [&](std::int32_t i) { return first + i; },
          [&](std::int32_t i, int run, Real prediction) {
            residuals[i * runs + run] = prediction - data.targets[first + i];
          });
      __syncthreads();
      if (owns_run())
        for (std::int32_t i = 0; i < count; ++i)
          squares.add(residuals[i * runs + static_cast<std::int32_t>(threadIdx.x)]);
      __syncthreads();
    }
    return squares.total() / static_cast<Real>(data.rows);
  }

  __device__ void write_weights() {
    for_each_feature([&](std::ptrdiff_t at, std::int32_t feature) {
      const auto weight = read_word(weights_ + at);
      for (int r = 0; r < runs; ++r)
        launch_.weights[feature * runs_of_launch() + std::ptrdiff_t{block_} * runs + r] =
            weight.value[r];
    });
  }

  /// Calls use(state_place, feature) for the thread's features.
  template <class Use>
  __device__ void for_each_feature(Use use) {
    LRSCAPE_KEEP_LOOP
    for (std::int32_t w = warp(); w < layout_.feature_warps; w += Layout::warps)
      for (int k = 0; k < summation_block; ++k)
        if (feature(w, k) < launch_.training.features) use(state_place(w, k), feature(w, k));
  }

  __device__ static int lane() { return static_cast<int>(threadIdx.x) % 32; }
  __device__ static int warp() { return static_cast<int>(threadIdx.x) / 32; }
  /// Feature k of a lane's summation block, and the index of that feature's weights.
  __device__ static std::int32_t feature(std::int32_t feature_warp, int k) {
    return (feature_warp * Layout::feature_lanes + lane()) * summation_block + k;
  }
  __device__ static std::ptrdiff_t state_place(std::int32_t feature_warp, int k) {
    return ((std::ptrdiff_t{feature_warp} * summation_block + k) * Layout::feature_lanes + lane()) *
           runs;
  }

  // Thread k owns run k of the block: it handles the run's losses and divergence.

  __device__ static bool owns_run() { return static_cast<int>(threadIdx.x) < runs; }
  __device__ std::ptrdiff_t run_of_launch() const {
    return std::ptrdiff_t{block_} * runs + threadIdx.x;
  }
  __device__ std::ptrdiff_t runs_of_launch() const { return std::ptrdiff_t{blocks_} * runs; }

  const LaunchArguments<Optimizer, Real>& launch_;
  const Layout& layout_;
  std::int32_t block_, blocks_;
  const std::int32_t* order_;                ///< of all epochs of the seed
  Real* sums_;                               ///< shared_values
  Real* weights_;                            ///< state_values
  Real* derivative_;                         ///< derivatives x runs
  std::int32_t diverged_at_ = not_diverged;  ///< of the run that this thread owns
};

/// Thread blocks of MemoryLayout::threads threads train `blocks` blocks of runs, one after the
/// other. `scratch` has scratch_values() for each thread block of the grid. Needs shared_bytes() of
/// dynamic shared memory.
template <class Optimizer, class Real>
__global__ void __launch_bounds__(MemoryLayout<Real>::threads)
    train_in_memory(const __grid_constant__ LaunchArguments<Optimizer, Real> launch,
                    const __grid_constant__ MemoryLayout<Real> layout, std::int32_t blocks,
                    Real* scratch) {
  Real* const own = scratch + blockIdx.x * layout.scratch_values(Optimizer::state_slots);
  LRSCAPE_KEEP_LOOP
  for (std::int32_t block = static_cast<std::int32_t>(blockIdx.x); block < blocks;
       block += static_cast<std::int32_t>(gridDim.x))
    MemoryTrainer<Optimizer, Real>(launch, layout, block, blocks, own).train();
}

}  // namespace lrscape::LRSCAPE_KERNELS
