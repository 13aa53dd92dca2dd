#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda_language.hpp"
#include "lrscape/numerics/pairwise_sum.hpp"
#include "lrscape/optimizer/optimizer.hpp"
#include "sweep/training_view.hpp"

// The simple training kernel, for any n, d and batch: a thread is a run, a block is runs of one
// optimizer and one seed. Weights and states lie in global memory, run innermost, so that a warp's
// accesses are contiguous; the features, which all runs of a block share, pass through shared memory.
namespace lrscape::LRSCAPE_KERNELS {

inline constexpr int block_threads = 128;

/// What is staged in shared memory at once: rows x features of one of two shapes.
inline constexpr int predicted_rows = 10;      ///< Their sums stay in registers,
inline constexpr int predicted_features = 64;  ///< over this many features a stage.
inline constexpr int descended_rows = 40;      ///< A gradient of one summation block of features
inline constexpr int descended_features = summation_block;  ///< over this many rows a stage.
inline constexpr int staged_values = predicted_rows * predicted_features;
static_assert(staged_values == descended_rows * descended_features);

/// One launch: gridDim.x blocks of block_threads runs. "Runs" counts all threads of the launch; those
/// that are no run of the sweep repeat one, and their results are not looked at.
template <class Optimizer, class Real>
struct LaunchArguments {
  TrainingView<Real> training;
  const typename Optimizer::template Step<Real>* steps;  ///< step t at t - 1
  const std::int32_t* row_orders;                        ///< seeds x epochs x rows
  const std::int32_t* block_seed;                        ///< for each block, its index there
  Rates<const Real*> rates;                              ///< each of runs

  Real* weights;              ///< stride x runs; zeros at the start
  Real* states;               ///< slots x stride x runs; zeros at the start
  Real* derivative;           ///< batch_size x runs, scratch
  Real* validation_loss;      ///< (epochs or 1) x runs
  Real* train_loss;           ///< likewise; unused if not wanted
  std::int32_t* diverged_at;  ///< runs
};

/// Calls use(i, prediction) for rows row(0) .. row(count - 1), in order. The whole block takes part.
template <class Real, class Row, class Use>
__device__ void for_each_prediction(std::int32_t count, Row row, const Real* weights,
                                    std::ptrdiff_t runs, std::int32_t stride, Real* stage,
                                    Use use) {
  for (std::int32_t first = 0; first < count; first += predicted_rows) {
    PairwiseSums<Real, predicted_rows> sums;
    LRSCAPE_KEEP_LOOP
    for (std::int32_t begin = 0; begin < stride; begin += predicted_features) {
      __syncthreads();
      for (int k = static_cast<int>(threadIdx.x); k < staged_values; k += block_threads) {
        const std::int32_t i = first + k / predicted_features;
        const std::int32_t j = begin + k % predicted_features;
        stage[k] = i < count && j < stride ? row(i)[j] : Real(0);
      }
      __syncthreads();
      const std::int32_t end =
          stride - begin < predicted_features ? stride - begin : predicted_features;
      LRSCAPE_KEEP_LOOP
      for (std::int32_t block = 0; block < end; block += summation_block) {
        Real sum[predicted_rows] = {};
        for (int k = 0; k < summation_block; ++k) {
          const Real weight = weights[std::ptrdiff_t{begin + block + k} * runs];
          for (int r = 0; r < predicted_rows; ++r)
            sum[r] = fma(stage[r * predicted_features + block + k], weight, sum[r]);
        }
        sums.push(sum);
      }
    }
    Real prediction[predicted_rows];
    sums.total(prediction);
    for (int r = 0; r < predicted_rows && first + r < count; ++r) use(first + r, prediction[r]);
  }
}

/// The mean over rows of (a_i . w - b_i)^2. The whole block takes part.
template <class Real>
__device__ Real mean_squared_error(const DataView<Real>& data, const Real* weights,
                                   std::ptrdiff_t runs, std::int32_t stride, Real* stage) {
  SumOfSquares<Real> squares;
  const auto row = [&](std::int32_t i) { return data.features + std::ptrdiff_t{i} * stride; };
  for_each_prediction(
      data.rows, row, weights, runs, stride, stage,
      [&](std::int32_t i, Real prediction) { squares.add(prediction - data.targets[i]); });
  return squares.total() / static_cast<Real>(data.rows);
}

/// One optimizer step on a batch: the gradient of each weight, its rows in order, and right after it
/// the update. The whole block takes part.
template <class Optimizer, class Real, class Row>
__device__ void descend(std::int32_t batch, Row row, const Real* derivative, std::int32_t features,
                        std::int32_t stride, std::ptrdiff_t runs,
                        const typename Optimizer::template Coefficients<Real>& coefficients,
                        Real* weights, Real* states, Real* stage) {
  for (std::int32_t begin = 0; begin < features; begin += descended_features) {
    Real gradient[descended_features] = {};
    for (std::int32_t first = 0; first < batch; first += descended_rows) {
      __syncthreads();
      for (int k = static_cast<int>(threadIdx.x); k < staged_values; k += block_threads) {
        const std::int32_t i = first + k / descended_features;
        stage[k] = i < batch ? row(i)[begin + k % descended_features] : Real(0);
      }
      __syncthreads();
      const std::int32_t end = batch - first < descended_rows ? batch - first : descended_rows;
      LRSCAPE_KEEP_LOOP
      for (std::int32_t i = 0; i < end; ++i) {
        const Real factor = derivative[std::ptrdiff_t{first + i} * runs];
        for (int k = 0; k < descended_features; ++k)
          gradient[k] = fma(stage[i * descended_features + k], factor, gradient[k]);
      }
    }
    for (int k = 0; k < descended_features; ++k) {
      if (begin + k >= features) break;
      const std::ptrdiff_t at = std::ptrdiff_t{begin + k} * runs;
      Real state[Optimizer::state_slots];
      for (int s = 0; s < Optimizer::state_slots; ++s)
        state[s] = states[std::ptrdiff_t{s} * stride * runs + at];
      Real weight = weights[at];
      Optimizer::update(weight, gradient[k], state, coefficients);
      weights[at] = weight;
      for (int s = 0; s < Optimizer::state_slots; ++s)
        states[std::ptrdiff_t{s} * stride * runs + at] = state[s];
    }
  }
}

/// Trains a run a thread. Dynamic shared memory: staged_values values.
template <class Optimizer, class Real>
__global__ void __launch_bounds__(block_threads) train(LaunchArguments<Optimizer, Real> launch) {
  const TrainingView<Real>& training = launch.training;
  const std::int32_t stride = training.stride;
  const std::ptrdiff_t runs = std::ptrdiff_t{gridDim.x} * block_threads;
  const std::ptrdiff_t run = std::ptrdiff_t{blockIdx.x} * block_threads + threadIdx.x;
  Real* const stage = reinterpret_cast<Real*>(dynamic_shared_memory());
  Real* const weights = launch.weights + run;
  Real* const states = launch.states + run;
  Real* const derivative = launch.derivative + run;
  const Rates<Real> rates = {launch.rates.learning_rate[run], launch.rates.weight_decay[run],
                             launch.rates.decay_rate[run]};
  const auto* step = launch.steps;
  const std::int32_t* order = launch.row_orders + std::ptrdiff_t{launch.block_seed[blockIdx.x]} *
                                                      training.epochs * training.train.rows;
  std::int32_t diverged_at = not_diverged;
  bool all_diverged = false;

  for (std::int32_t epoch = 1; epoch <= training.epochs; ++epoch, order += training.train.rows) {
    for (std::int32_t begin = 0; begin < training.train.rows && !all_diverged;
         begin += training.batch_size) {
      const std::int32_t left = training.train.rows - begin;
      const std::int32_t batch = left < training.batch_size ? left : training.batch_size;
      const Real scale = Real(2) / static_cast<Real>(batch);
      const auto row = [&](std::int32_t i) {
        return training.train.features + std::ptrdiff_t{order[begin + i]} * stride;
      };
      for_each_prediction(
          batch, row, weights, runs, stride, stage, [&](std::int32_t i, Real prediction) {
            derivative[std::ptrdiff_t{i} * runs] =
                loss_derivative(prediction, training.train.targets[order[begin + i]], scale);
          });
      descend<Optimizer>(batch, row, derivative, training.features, stride, runs,
                         Optimizer::coefficients(rates, *step), weights, states, stage);
      ++step;
    }
    if (!all_diverged) {
      Real probe = 0;  // 0 * w stays 0 unless w is infinite or NaN.
      for (std::int32_t j = 0; j < training.features; ++j)
        probe = fma(Real(0), weights[std::ptrdiff_t{j} * runs], probe);
      if (diverged_at == not_diverged && !is_finite(probe)) diverged_at = epoch;
      all_diverged = __syncthreads_and(diverged_at != not_diverged) != 0;
    }

    const bool last = epoch == training.epochs;
    if (!last && !training.record_epochs) continue;
    const std::ptrdiff_t at = (training.record_epochs ? std::ptrdiff_t{epoch - 1} * runs : 0) + run;
    const auto record = [&](const DataView<Real>& data, Real* loss) {
      const Real value =
          all_diverged ? Real(0) : mean_squared_error(data, weights, runs, stride, stage);
      loss[at] = recorded_loss(value, diverged_at);
    };
    record(training.validation, launch.validation_loss);
    if (training.train_loss) record(training.train, launch.train_loss);
    if (last && diverged_at == not_diverged && !is_finite(launch.validation_loss[at]))
      diverged_at = epoch;
  }
  launch.diverged_at[run] = diverged_at;
}

}  // namespace lrscape::LRSCAPE_KERNELS
