#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "lrscape/optimizer/list.hpp"
#include "lrscape/sweep.hpp"
#include "sweep/gram.hpp"

namespace lrscape {
namespace {

template <class Real>
bool squares_are_in_range(const Problem& problem) {
  // A product of two entries may use two thirds of the exponent range. The last third is left for
  // the sum over features and for small entries.
  constexpr int most = std::numeric_limits<Real>::max_exponent / 3;
  bool in_range = true;
  for (const Matrix* matrix : {&problem.features, &problem.validation_features}) {
    double largest = 0;
    for (const double value : matrix->values) largest = std::max(largest, std::abs(value));
    if (largest > 0)
      in_range = in_range && largest >= std::ldexp(1, -most) && largest <= std::ldexp(1, most);
  }
  return in_range;
}

/// Whether a map of 8 x 8 runs in Gram space saves more work than the products cost. Does not
/// depend on the number of runs in the sweep: otherwise a run would have different bits in another
/// sweep.
bool gains_in_gram_space(const Sweep& sweep, const Configuration& configuration) {
  constexpr double runs = 64;
  const auto rows = static_cast<double>(sweep.problem.features.rows);
  const auto validation_rows = static_cast<double>(sweep.problem.validation_features.rows);
  const auto features = static_cast<double>(sweep.problem.features.columns);
  // With fewer rows than features, the products also take less memory than the features.
  if (rows >= features || has_a_row_twice_in_a_batch(sweep, configuration)) return false;
  const double saved = multiply_adds_per_run(sweep, configuration, Space::weights) -
                       multiply_adds_per_run(sweep, configuration, Space::gram);
  const double products = rows * (rows + validation_rows) * features;
  const double cholesky = rows * rows * rows / 6;
  return products + cholesky < saved * runs;
}

bool are_centered(const std::vector<double>& values) {
  double sum = 0;
  double size = 0;
  for (const double value : values) {
    sum += value;
    size += std::abs(value);
  }
  return std::abs(sum) <= 1e-9 * size;  // Far above rounding errors, below any relevant mean.
}

/// Whether is_well_conditioned() estimates a relative error of predictions in Gram space of at most
/// 2e-5 in fp32 or 1e-12 in fp64.
bool has_the_digits(const Sweep& sweep, const Matrix& train_products) {
  const bool fp32 = sweep.precision == Precision::fp32;
  const double allowed = fp32 ? 2e-5 : 1e-12;
  const double roundoff = fp32 ? std::ldexp(1, -24) : std::ldexp(1, -53);
  return is_well_conditioned(train_products, are_centered(sweep.problem.targets),
                             allowed / roundoff);
}

}  // namespace

bool can_run_in_gram_space(const OptimizerSpec& optimizer) {
  bool can = false;
  Optimizers::with_name(optimizer.name, [&]<class O>() { can = CommutesWithRotations<O>; });
  return can;
}

bool squares_are_in_range(const Sweep& sweep) {
  return sweep.precision == Precision::fp32 ? squares_are_in_range<float>(sweep.problem)
                                            : squares_are_in_range<double>(sweep.problem);
}

bool has_a_row_twice_in_a_batch(const Sweep& sweep, const Configuration& configuration) {
  const std::size_t rows = sweep.problem.features.rows;
  for (const auto& order : sweep.row_orders) {
    std::vector<std::size_t> last_batch(rows);  // by row; batches count from 1
    std::size_t batch = 0;
    const std::size_t visits = static_cast<std::size_t>(configuration.epochs) * rows;
    for (std::size_t k = 0; k < visits; ++k) {
      if (k % rows % static_cast<std::size_t>(configuration.batch_size) == 0) ++batch;
      auto& last = last_batch[static_cast<std::size_t>(order[k])];
      if (last == batch) return true;
      last = batch;
    }
  }
  return false;
}

double multiply_adds_per_run(const Sweep& sweep, const Configuration& configuration, Space space) {
  const auto rows = static_cast<double>(sweep.problem.features.rows);
  const auto features = static_cast<double>(sweep.problem.features.columns);
  const auto epochs = static_cast<double>(configuration.epochs);
  const double predictions = rows * epochs;
  const double losses =
      (sweep.record_epochs ? epochs : 1) *
      (static_cast<double>(sweep.problem.validation_features.rows) + (sweep.train_loss ? rows : 0));
  if (space == Space::gram) return rows * (predictions + losses);
  return features * (2 * predictions + losses);
}

ChosenSpaces choose_spaces(const Sweep& sweep, std::span<const Configuration> all, int threads) {
  ChosenSpaces weights = {std::vector(all.size(), Space::weights), {}};
  if (sweep.gram == GramMode::off) return weights;
  const bool automatic = sweep.gram == GramMode::automatic;
  if (automatic && !squares_are_in_range(sweep)) return weights;
  ChosenSpaces gram = weights;
  for (std::size_t k = 0; k < all.size(); ++k)
    if (can_run_in_gram_space(all[k].optimizer) &&
        (!automatic || gains_in_gram_space(sweep, all[k])))
      gram.spaces[k] = Space::gram;
  if (gram.spaces == weights.spaces) return weights;
  const Matrix& features = sweep.problem.features;
  gram.train_products = row_products(features, features, threads);
  gram.loses_digits = !has_the_digits(sweep, gram.train_products);
  return automatic && gram.loses_digits ? weights : gram;
}

}  // namespace lrscape
