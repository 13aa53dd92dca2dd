#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "approximate.cuh"
#include "cuda_language.hpp"
#include "fast_layout.hpp"
#include "run_block.cuh"
#include "split_product.cuh"

// The training kernel of --math fast, for fp32: tensor cores compute the two matrix products of a
// step, and the device's approximations compute quotients and roots. In mma.m16n8k8, lane (g, t) =
// (lane / 4, lane % 4) holds rows g and g + 8, columns 2t and 2t + 1 of an accumulator. Gradient
// and weights have this layout, with runs as rows and features as columns. A prediction does not
// depend on the order of the features, so the lane uses the same four weights as columns t and t +
// 4 of its operand: the weights never move.
namespace lrscape::LRSCAPE_KERNELS {

template <class Optimizer, bool KeepsBatch>
class FastTrainer : public RunBlock<FastTrainer<Optimizer, KeepsBatch>, Optimizer, float,
                                    FastLayout, KeepsBatch> {
  using Layout = FastLayout;
  using Block = RunBlock<FastTrainer, Optimizer, float, Layout, KeepsBatch>;
  using Block::all_lanes;
  using Block::feature_warp;
  using Block::flags;
  using Block::lane;
  using Block::launch_;
  using Block::layout_;
  using Block::loader_;
  using Block::partial_sum;
  using Block::rates;
  using Block::run_warp;
  using Block::runs_of_launch;
  using Block::shared;
  using Block::step_values;
  static constexpr int row_tiles = Layout::row_tiles(KeepsBatch);
  static constexpr int elements = 4;  ///< per lane and tile

 public:
  __device__ FastTrainer(const LaunchArguments<Optimizer, float>& launch, const Layout& layout)
      : Block(launch, layout) {
    for (int run = thread_of_block(); run < layout.runs(); run += Layout::threads)
      for (int kind = 0; kind < Layout::rate_kinds; ++kind)
        rates()[kind * layout.runs() + run] = this->rate_of_launch(kind, run);
    for (int tile = 0; tile < Layout::tiles; ++tile)
      for (int e = 0; e < elements; ++e) {
        weight_[tile][e] = Approximate(0);
        for (int slot = 0; slot < Optimizer::state_slots; ++slot)
          state_[tile][e][slot] = Approximate(0);
      }
    // The rows that pad a tile are multiplied by derivatives of 0, so their values must be finite.
    for (std::int32_t k = thread_of_block(); k < 2 * layout.places.stage_values;
         k += Layout::threads)
      shared()[k] = 0;
    __syncthreads();
  }

  __device__ void take_step(std::int32_t /*epoch*/, std::int32_t /*begin*/, std::int32_t batch,
                            std::int32_t step) {
    const float scale = launch_.training.scale_of(batch);
    const auto predict_load = [&](std::int32_t first) {
      const float* const rows = take();
      const std::int32_t left = batch - first;
      this->predict(rows, KeepsBatch || left < layout_.stage_rows ? left : layout_.stage_rows,
                    [&](std::int32_t i, std::int32_t run, float prediction, float target) {
                      this->residual(first + i, run) = loss_derivative(prediction, target, scale);
                    });
      return rows;
    };
    const float* const rows = predict_load(0);
    if constexpr (!KeepsBatch) {
      LRSCAPE_KEEP_LOOP
      for (std::int32_t first = layout_.stage_rows; first < batch; first += layout_.stage_rows)
        predict_load(first);
    }
    fill_derivatives(batch);
    __syncthreads();
    if (thread_of_block() < Block::step_numbers) this->copy_step(step + 1);
    if constexpr (KeepsBatch)
      descend(rows, step);
    else
      descend_parts(batch, step, std::make_integer_sequence<int, Layout::parts>());
  }

  __device__ void add_products(const float* rows, std::int32_t /*count*/) {
    const float* const words = rows + group() * Layout::row_stride + 2 * place();
    float sum[row_tiles][elements] = {};
    LRSCAPE_UNROLL
    for (int tile = 0; tile < Layout::tiles; ++tile) {
      Split<4> weights;  // Operand order: rows g and g + 8 of column t, then of column t + 4.
      weights.set(0, weight_[tile][0].value);
      weights.set(1, weight_[tile][2].value);
      weights.set(2, weight_[tile][1].value);
      weights.set(3, weight_[tile][3].value);
      LRSCAPE_UNROLL
      for (int n = 0; n < row_tiles; ++n) {
        const auto* const pair = reinterpret_cast<const Pair*>(
            words + n * Layout::tile_rows * Layout::row_stride + tile * Layout::tile_features);
        const Pair two = *pair;
        Split<2> features;
        features.set(0, two.first);
        features.set(1, two.second);
        add_product(sum[n], weights, features);
      }
    }
    LRSCAPE_UNROLL
    for (int n = 0; n < row_tiles; ++n)
      for (int e = 0; e < elements; ++e)
        partial_sum(n * Layout::tile_rows + 2 * place() + e % 2, Block::warp(),
                    group() + e / 2 * 8) = sum[n][e];
  }

  __device__ void flag_divergence() {
    int mask = 0;
    LRSCAPE_UNROLL
    for (int half = 0; half < 2; ++half) {
      float probe = 0;  // 0 * w stays 0 unless w is infinite or NaN.
      for (int tile = 0; tile < Layout::tiles; ++tile)
        for (int e = 2 * half; e < 2 * half + 2; ++e)
          probe = lrscape::fma(0.0F, weight_[tile][e].value, probe);
      if (!is_finite(probe)) {
        const int run = group() + 8 * half;
        mask |= 1 << run;
      }
    }
    for (int lanes = 1; lanes < 32; lanes *= 2) mask |= __shfl_xor_sync(all_lanes, mask, lanes);
    // Each flag covers four runs, as is_flagged() expects.
    if (lane() < Layout::run_lanes)
      flags()[(feature_warp() * layout_.run_warps() + run_warp()) * Layout::run_lanes + lane()] =
          mask >> Layout::thread_runs * lane() & 15;
  }

  __device__ void write_weights() {
    LRSCAPE_UNROLL
    for (int tile = 0; tile < Layout::tiles; ++tile)
      for (int e = 0; e < elements; ++e) {
        const std::int32_t feature = feature_of(tile, e);
        if (feature < launch_.training.features)
          launch_.weights[std::ptrdiff_t{feature} * runs_of_launch() +
                          std::ptrdiff_t{blockIdx.x} * layout_.runs() + run_of(e)] =
              weight_[tile][e].value;
      }
  }

 private:
  friend Block;

  struct alignas(8) Pair {
    float first, second;
  };

  using Coefficients = typename Optimizer::template Coefficients<Approximate>;

  /// Returns the next rows, with the warp converged as tensor-core instructions require.
  __device__ const float* take() {
    const float* const rows = loader_.take();
    __syncwarp();
    return rows;
  }

  /// Sets the derivatives of padding rows to 0, so that these rows add nothing to a gradient.
  __device__ void fill_derivatives(std::int32_t batch) {
    const std::int32_t filled =
        KeepsBatch ? layout_.stage_rows : (batch + Layout::tile_rows - 1) & -Layout::tile_rows;
    LRSCAPE_KEEP_LOOP
    for (std::int32_t k = batch * layout_.runs() + thread_of_block(); k < filled * layout_.runs();
         k += Layout::threads)
      this->residual(0, k) = 0;
  }

  /// Computes the gradient tile by tile, and updates the features of each tile immediately.
  __device__ void descend(const float* rows, std::int32_t step) {
    Split<4> derivatives[row_tiles];
    LRSCAPE_UNROLL
    for (int n = 0; n < row_tiles; ++n) fetch_derivatives(n, derivatives[n]);
    Coefficients coefficients[2];
    fetch_coefficients(step, coefficients);
    const float* const column = rows + place() * Layout::row_stride + group();
    LRSCAPE_UNROLL
    for (int tile = 0; tile < Layout::tiles; ++tile) {
      float gradient[elements] = {};
      LRSCAPE_UNROLL
      for (int n = 0; n < row_tiles; ++n)
        add_gradient<Layout::row_stride>(
            column + n * Layout::tile_rows * Layout::row_stride + tile * Layout::tile_features,
            derivatives[n], gradient);
      update(tile, gradient, coefficients);
    }
    clear_padding();
  }

  template <int... Part>
  __device__ void descend_parts(std::int32_t batch, std::int32_t step,
                                std::integer_sequence<int, Part...> /*parts*/) {
    (descend_part<Part>(batch, step), ...);
  }
  /// The same for the feature tiles of one part, whose rows are loaded again.
  template <int Part>
  __device__ void descend_part(std::int32_t batch, std::int32_t step) {
    float gradient[Layout::part_tiles][elements] = {};
    const std::int32_t stage_tiles = layout_.places.part_rows / Layout::tile_rows;
    const std::int32_t batch_tiles = (batch + Layout::tile_rows - 1) / Layout::tile_rows;
    LRSCAPE_KEEP_LOOP
    for (std::int32_t first = 0; first < batch_tiles; first += stage_tiles) {
      const float* column = take() + place() * Layout::part_stride + group();
      LRSCAPE_KEEP_LOOP
      for (std::int32_t n = first; n < batch_tiles && n < first + stage_tiles; ++n) {
        Split<4> derivatives;
        fetch_derivatives(n, derivatives);
        LRSCAPE_UNROLL
        for (int tile = 0; tile < Layout::part_tiles; ++tile)
          add_gradient<Layout::part_stride>(column + tile * Layout::tile_features, derivatives,
                                            gradient[tile]);
        column += Layout::tile_rows * Layout::part_stride;
      }
    }
    Coefficients coefficients[2];
    fetch_coefficients(step, coefficients);
    LRSCAPE_UNROLL
    for (int tile = 0; tile < Layout::part_tiles; ++tile)
      update(Part * Layout::part_tiles + tile, gradient[tile], coefficients);
    clear_padding();
  }

  /// Fetches the derivatives of a tile of batch rows: runs g and g + 8 of row t, then of row t + 4.
  __device__ void fetch_derivatives(std::int32_t row_tile, Split<4>& derivatives) {
    for (int k = 0; k < 4; ++k) {
      const std::int32_t row = row_tile * Layout::tile_rows + place() + k / 2 * 4;
      derivatives.set(k, this->residual(row, run_of(2 * (k % 2))));
    }
  }

  /// `column` points to this lane's feature in row t of a tile.
  template <int RowStride>
  __device__ static void add_gradient(const float* column, const Split<4>& derivatives,
                                      float (&gradient)[elements]) {
    Split<2> features;
    features.set(0, column[0]);
    features.set(1, column[4 * RowStride]);
    add_product(gradient, derivatives, features);
  }

  /// Computes the coefficients of runs g and g + 8.
  __device__ void fetch_coefficients(std::int32_t step, Coefficients (&coefficients)[2]) {
    const auto& at_step = step_values()[step & 1];
    LRSCAPE_UNROLL
    for (int half = 0; half < 2; ++half) {
      const float* const rate = rates() + run_of(2 * half);
      // Exact, not approximate: an error here would recur at every step.
      coefficients[half] = __builtin_bit_cast(
          Coefficients,
          Optimizer::coefficients(
              Rates<float>{rate[0], rate[layout_.runs()], rate[2 * layout_.runs()]}, at_step));
    }
  }

  __device__ void update(int tile, const float (&gradient)[elements],
                         const Coefficients (&coefficients)[2]) {
    LRSCAPE_UNROLL
    for (int e = 0; e < elements; ++e)
      Optimizer::update(weight_[tile][e], Approximate(gradient[e]), state_[tile][e],
                        coefficients[e / 2]);
  }

  /// Clears the padding features of a warp. Their gradient is 0, and Adam without an epsilon
  /// divides 0 by 0.
  __device__ void clear_padding() {
    const std::int32_t owned = launch_.training.features - feature_of(0, 0);
    if (owned >= Layout::warp_features) return;
    LRSCAPE_UNROLL
    for (int tile = 0; tile < Layout::tiles; ++tile)
      for (int e = 0; e < elements; ++e)
        if (tile * Layout::tile_features + e % 2 >= owned) weight_[tile][e] = Approximate(0);
  }

  __device__ static int group() { return lane() / 4; }
  __device__ static int place() { return lane() % 4; }
  /// The feature and the run of element e of a tile.
  __device__ std::int32_t feature_of(int tile, int e) const {
    return feature_warp() * Layout::warp_features + tile * Layout::tile_features + 2 * place() +
           e % 2;
  }
  __device__ std::int32_t run_of(int e) const {
    return run_warp() * Layout::warp_runs + group() + e / 2 * 8;
  }

  Approximate weight_[Layout::tiles][elements];
  Approximate state_[Layout::tiles][elements][Optimizer::state_slots];
};

/// A block of Layout::threads threads trains Layout::runs() runs. Needs shared_bytes() of dynamic
/// shared memory.
template <class Optimizer, bool KeepsBatch>
__global__ void __launch_bounds__(FastLayout::threads, 1)
    train_fast(const __grid_constant__ LaunchArguments<Optimizer, float> launch,
               const __grid_constant__ FastLayout layout) {
  FastTrainer<Optimizer, KeepsBatch>(launch, layout).train();
}

}  // namespace lrscape::LRSCAPE_KERNELS
