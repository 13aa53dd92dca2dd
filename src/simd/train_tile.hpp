#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "backend/training_loop.hpp"
#include "backend/training_view.hpp"
#include "lrscape/numerics/pairwise_sum.hpp"
#include "lrscape/optimizer/optimizer.hpp"
#include "simd/lanes.hpp"

// The training loop of the CPU: one run per lane of the value type V, all with the same optimizer
// and seed. Everything here is a template on V, so that functions for different instruction sets
// never share a name.
namespace lrscape::cpu {

/// The work of one tile. Each lane holds one run. A dimension `lanes` is always the innermost one.
template <class Optimizer, class Real>
struct TileArguments {
  TrainingView<Real> training;
  const typename Optimizer::template StepValues<Real>* step_values;  ///< step t at index t - 1
  const std::int32_t* row_order;                                     ///< epochs x rows
  Rates<const Real*> rates;                                          ///< lanes each

  Real* scratch;                  ///< scratch_size() values, aligned to a SIMD register
  const Real** row_scratch;       ///< max(batch_size, 1) pointers
  Real* validation_loss;          ///< recorded epochs x lanes
  Real* train_loss;               ///< likewise; unused unless training.train_loss
  std::int32_t* diverged_at;      ///< lanes
  Real* weights;                  ///< features x lanes, or null to skip this output
  const std::atomic<bool>* stop;  ///< once true, the outputs no longer matter
};

template <class Optimizer>
constexpr std::size_t scratch_size(std::size_t stride, std::size_t derivatives, std::size_t lanes) {
  return lanes * (stride * (1 + Optimizer::state_slots) + derivatives);
}

/// Number of rows processed at once. Their running sums and one weight fit into registers.
template <class V>
inline constexpr int row_group = Lanes<V>::sums;

/// Number of features processed at once. Their gradients fit into registers.
template <class V>
inline constexpr int feature_group = std::min(Lanes<V>::sums, summation_block / 2);

/// prediction[r] = row[r] . w for `Rows` rows, summed in the order of PairwiseSums.
template <class V, int Rows>
void predict(const typename Lanes<V>::Real* const* row, const typename Lanes<V>::Real* weights,
             std::int32_t stride, V* prediction) {
  constexpr int lanes = Lanes<V>::count;
  PairwiseSums<V, Rows> sums;
  for (std::int32_t begin = 0; begin < stride; begin += summation_block) {
    V sum[Rows];
    for (int r = 0; r < Rows; ++r) sum[r] = V(0);
    for (std::int32_t j = begin; j < begin + summation_block; ++j) {
      const V weight = Lanes<V>::load(weights + std::ptrdiff_t{j} * lanes);
      for (int r = 0; r < Rows; ++r) sum[r] = fma(V(row[r][j]), weight, sum[r]);
    }
    sums.push(sum);
  }
  V total[Rows];
  sums.total(total);
  for (int r = 0; r < Rows; ++r) prediction[r] = total[r];
}

/// Calls use(i, prediction) for the rows row(0) .. row(count - 1), in order.
template <class V, class Row, class Use>
void for_each_prediction(std::int32_t count, Row row, const typename Lanes<V>::Real* weights,
                         std::int32_t stride, Use use) {
  const auto group = [&]<int Rows>(std::int32_t first) {
    const typename Lanes<V>::Real* rows[Rows];
    for (int r = 0; r < Rows; ++r) rows[r] = row(first + r);
    V prediction[Rows];
    predict<V, Rows>(rows, weights, stride, prediction);
    for (int r = 0; r < Rows; ++r) use(first + r, prediction[r]);
  };
  constexpr int many = row_group<V>;
  constexpr int few = many / 2;
  std::int32_t i = 0;
  for (; count - i >= many; i += many) group.template operator()<many>(i);
  for (; count - i >= few; i += few) group.template operator()<few>(i);
  for (; i < count; ++i) group.template operator()<1>(i);
}

/// products[i * lanes + lane] = row i times column `lane` of the panel, which is stride x lanes.
template <class V>
void row_products(const typename Lanes<V>::Real* rows, std::int32_t count, std::int32_t stride,
                  const typename Lanes<V>::Real* panel, typename Lanes<V>::Real* products) {
  const auto row = [&](std::int32_t i) { return rows + std::ptrdiff_t{i} * stride; };
  for_each_prediction<V>(count, row, panel, stride, [&](std::int32_t i, V product) {
    Lanes<V>::store(product, products + std::ptrdiff_t{i} * Lanes<V>::count);
  });
}

/// The mean over rows of (a_i . w - b_i)^2.
template <class V>
V mean_squared_error(const DataView<typename Lanes<V>::Real>& data,
                     const typename Lanes<V>::Real* weights, std::int32_t stride) {
  using Real = typename Lanes<V>::Real;
  SumOfSquares<V> squares;
  const auto row = [&](std::int32_t i) { return data.features + std::ptrdiff_t{i} * stride; };
  for_each_prediction<V>(data.rows, row, weights, stride, [&](std::int32_t i, V prediction) {
    squares.add(prediction - V(data.targets[i]));
  });
  return squares.total() / V(static_cast<Real>(data.rows));
}

/// Calls body(0) .. body(Count - 1) with compile-time constants, so that an array indexed only by
/// them stays in registers. With plain loops, g++ 12 left the gradients of SGD in memory.
template <int Count, class Body>
inline __attribute__((always_inline)) void unrolled(Body&& body) {
  [&]<int... K>(std::integer_sequence<int, K...>) { (body(std::integral_constant<int, K>()), ...); }
  (std::make_integer_sequence<int, Count>());
}

/// Applies the optimizer's update to weight j.
template <class Optimizer, class V>
inline __attribute__((always_inline)) void update_weight(
    std::ptrdiff_t j, V gradient, const typename Optimizer::template Coefficients<V>& coefficients,
    std::int32_t stride, typename Lanes<V>::Real* weights, typename Lanes<V>::Real* states) {
  constexpr int lanes = Lanes<V>::count;
  const std::ptrdiff_t at = j * lanes;
  V weight = Lanes<V>::load(weights + at);
  V state[Optimizer::state_slots];
  for (int s = 0; s < Optimizer::state_slots; ++s)
    state[s] = Lanes<V>::load(states + std::ptrdiff_t{s} * stride * lanes + at);
  Optimizer::update(weight, gradient, state, coefficients);
  Lanes<V>::store(weight, weights + at);
  for (int s = 0; s < Optimizer::state_slots; ++s)
    Lanes<V>::store(state[s], states + std::ptrdiff_t{s} * stride * lanes + at);
}

/// One optimizer step on a batch. Computes the gradient of each weight, summed over the rows in
/// order, and then updates the weight at once. `derivative` holds the derivative of the loss with
/// respect to the prediction of each row.
template <class Optimizer, class V>
void descend(const typename Lanes<V>::Real* const* row, const V* derivative, std::int32_t batch,
             std::int32_t features, std::int32_t stride, const Rates<V>& rates,
             const typename Optimizer::template StepValues<typename Lanes<V>::Real>& step,
             typename Lanes<V>::Real* weights, typename Lanes<V>::Real* states) {
  // Computed here, so that the compiler sees which coefficients are equal for all runs. Equal
  // coefficients take half the registers.
  const auto coefficients = Optimizer::coefficients(rates, step);
  // Always inlined: otherwise g++ 12 keeps gradients or coefficients in memory. For the same
  // reason, full groups do not check for the end of the features.
  const auto group = [&]<int Count>(std::int32_t first) __attribute__((always_inline)) {
    V gradient[Count];
    unrolled<Count>([&](auto k) { gradient[k] = V(0); });
    for (std::int32_t i = 0; i < batch; ++i)
      unrolled<Count>(
          [&](auto k) { gradient[k] = fma(V(row[i][first + k]), derivative[i], gradient[k]); });

    unrolled<Count>([&](auto k) {
      update_weight<Optimizer>(first + k, gradient[k], coefficients, stride, weights, states);
    });
  };
  constexpr int many = feature_group<V>;
  std::int32_t j = 0;
  for (; features - j >= many; j += many) group.template operator()<many>(j);
  for (; j < features; ++j) group.template operator()<1>(j);
}

/// One optimizer step in Gram space. On entry, `derivative` is 0 for all rows outside the batch. On
/// return, `derivative` is 0 for all rows.
template <class Optimizer, class V>
void descend_in_gram_space(
    const std::int32_t* row, V* derivative, std::int32_t batch, std::int32_t coordinates,
    std::int32_t stride, const Rates<V>& rates,
    const typename Optimizer::template StepValues<typename Lanes<V>::Real>& step,
    typename Lanes<V>::Real* weights, typename Lanes<V>::Real* states) {
  const auto coefficients = Optimizer::coefficients(rates, step);
  for (std::int32_t j = 0; j < coordinates; ++j)
    update_weight<Optimizer>(j, derivative[j], coefficients, stride, weights, states);
  for (std::int32_t i = 0; i < batch; ++i) derivative[row[i]] = V(0);
}

/// Sets `diverged_at` to `epoch` for each lane that has not diverged before and holds a weight that
/// is not finite. Returns whether all lanes have diverged.
template <class V>
bool note_divergence(const typename Lanes<V>::Real* weights, std::int32_t features,
                     std::int32_t epoch, std::int32_t* diverged_at) {
  constexpr int lanes = Lanes<V>::count;
  V probe(0);  // 0 * w stays 0 unless w is infinite or NaN.
  for (std::int32_t j = 0; j < features; ++j)
    probe = fma(V(0), Lanes<V>::load(weights + std::ptrdiff_t{j} * lanes), probe);
  alignas(64) typename Lanes<V>::Real value[lanes];
  Lanes<V>::store(probe, value);
  bool all = true;
  for (int k = 0; k < lanes; ++k) {
    if (diverged_at[k] == not_diverged && !is_finite(value[k])) diverged_at[k] = epoch;
    all = all && diverged_at[k] != not_diverged;
  }
  return all;
}

/// Trains a tile: see train_epochs().
template <class Optimizer, class V>
class TileTrainer {
  using Real = typename Lanes<V>::Real;
  static constexpr int lanes = Lanes<V>::count;

 public:
  explicit TileTrainer(const TileArguments<Optimizer, Real>& tile)
      : tile_(tile),
        training_(tile.training),
        rates_{Lanes<V>::load(tile.rates.learning_rate), Lanes<V>::load(tile.rates.weight_decay),
               Lanes<V>::load(tile.rates.decay_rate)},
        weights_(tile.scratch),
        states_(weights_ + weight_count()),
        // One V per row, stored in the scratch memory.
        derivative_(reinterpret_cast<V*>(states_ + Optimizer::state_slots * weight_count())) {
    for (std::ptrdiff_t k = 0; k < (1 + Optimizer::state_slots) * weight_count(); ++k)
      weights_[k] = 0;
    for (std::int32_t i = 0; i < training_.derivatives(); ++i) derivative_[i] = V(0);
    for (int k = 0; k < lanes; ++k) tile_.diverged_at[k] = not_diverged;
  }

  void take_step(std::int32_t epoch, std::int32_t begin, std::int32_t batch, std::int32_t step) {
    if (is_stopped()) return;
    const std::int32_t stride = training_.stride;
    const std::int32_t* const chosen =
        tile_.row_order + std::ptrdiff_t{epoch - 1} * training_.train.rows + begin;
    for (std::int32_t i = 0; i < batch; ++i)
      tile_.row_scratch[i] = training_.train.features + std::ptrdiff_t{chosen[i]} * stride;
    const Real scale = training_.scale_of(batch);
    const bool gram = training_.space == Space::gram;
    const auto row = [&](std::int32_t i) { return tile_.row_scratch[i]; };
    for_each_prediction<V>(batch, row, weights_, stride, [&](std::int32_t i, V prediction) {
      derivative_[gram ? chosen[i] : i] =
          loss_derivative(prediction, training_.train.targets[chosen[i]], scale);
    });
    if constexpr (CommutesWithRotations<Optimizer>)
      if (gram)
        descend_in_gram_space<Optimizer, V>(chosen, derivative_, batch, training_.features, stride,
                                            rates_, tile_.step_values[step], weights_, states_);
    if (!gram)
      descend<Optimizer, V>(tile_.row_scratch, derivative_, batch, training_.features, stride,
                            rates_, tile_.step_values[step], weights_, states_);
  }

  bool note_divergence(std::int32_t epoch) {
    return cpu::note_divergence<V>(weights_, training_.features, epoch, tile_.diverged_at);
  }

  void evaluate(std::int32_t epoch, bool all_diverged) {
    if (is_stopped()) return;
    const std::ptrdiff_t record = std::ptrdiff_t{training_.record_of(epoch)} * lanes;
    const auto write = [&](const DataView<Real>& data, Real* loss) {
      alignas(64) Real value[lanes] = {};
      if (!all_diverged)
        Lanes<V>::store(mean_squared_error<V>(data, weights_, training_.stride), value);
      for (int k = 0; k < lanes; ++k) loss[k] = recorded_loss(value[k], tile_.diverged_at[k]);
    };
    write(training_.validation, tile_.validation_loss + record);
    if (training_.train_loss) write(training_.train, tile_.train_loss + record);
    for (int k = 0; k < lanes && epoch == training_.epochs; ++k)
      if (diverges_late(tile_.validation_loss[record + k], tile_.diverged_at[k]))
        tile_.diverged_at[k] = epoch;
  }

  void write_weights() const {
    for (std::ptrdiff_t k = 0; k < std::ptrdiff_t{training_.features} * lanes; ++k)
      tile_.weights[k] = weights_[k];
  }

 private:
  bool is_stopped() const { return tile_.stop->load(std::memory_order_relaxed); }
  std::ptrdiff_t weight_count() const { return std::ptrdiff_t{training_.stride} * lanes; }

  const TileArguments<Optimizer, Real>& tile_;
  const TrainingView<Real>& training_;
  Rates<V> rates_;
  Real* weights_;
  Real* states_;
  V* derivative_;
};

template <class Optimizer, class V>
void train_tile(const TileArguments<Optimizer, typename Lanes<V>::Real>& tile) {
  TileTrainer<Optimizer, V> trainer(tile);
  train_epochs(tile.training, trainer);
  if (tile.weights != nullptr) trainer.write_weights();
}

}  // namespace lrscape::cpu
