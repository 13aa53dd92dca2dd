#include <algorithm>
#include <cmath>
#include <limits>

#include "lrscape/optimizer/list.hpp"
#include "lrscape/sweep.hpp"
#include "sweep/gram.hpp"

namespace lrscape {
namespace {

/// Whether products of two entries of the features keep their digits: the squares of small and large
/// ones leave the range of Real before they do.
template <class Real>
bool squares_are_in_range(const Problem& problem) {
  double largest = 0;
  for (const Matrix* matrix : {&problem.features, &problem.validation_features})
    for (const double value : matrix->values) largest = std::max(largest, std::abs(value));
  // A third of the range each: what is left is for the sum over features and for small entries.
  constexpr int most = std::numeric_limits<Real>::max_exponent / 3;
  return largest >= std::ldexp(1, -most) && largest <= std::ldexp(1, most);
}

}  // namespace

bool can_run_in_gram_space(const Choice& optimizer) {
  bool can = false;
  Optimizers::with_name(optimizer.name, [&]<class O>() { can = CommutesWithRotations<O>; });
  return can;
}

bool has_a_row_twice_in_a_batch(const Sweep& sweep) {
  const std::size_t rows = sweep.problem.features.rows;
  const auto batch_size = static_cast<std::size_t>(sweep.batch_size);
  for (const auto& order : sweep.row_orders) {
    std::vector<std::size_t> last_batch(rows);  // that held the row, counted from 1
    std::size_t batch = 0;
    for (std::size_t k = 0; k < order.size(); ++k) {
      if (k % rows % batch_size == 0) ++batch;
      auto& last = last_batch[static_cast<std::size_t>(order[k])];
      if (last == batch) return true;
      last = batch;
    }
  }
  return false;
}

double multiply_adds_per_run(const Sweep& sweep, Space space) {
  const auto rows = static_cast<double>(sweep.problem.features.rows);
  const auto features = static_cast<double>(sweep.problem.features.columns);
  const auto epochs = static_cast<double>(sweep.epochs);
  const double predictions = rows * epochs;
  const double losses =
      static_cast<double>(sweep.recorded_epochs()) *
      (static_cast<double>(sweep.problem.validation_features.rows) + (sweep.train_loss ? rows : 0));
  if (space == Space::gram) return rows * (predictions + losses);
  return features * (2 * predictions + losses);
}

Space space_of(const Sweep& sweep, std::size_t optimizer) {
  if (sweep.gram == GramChoice::off) return Space::weights;
  if (sweep.gram == GramChoice::on) return Space::gram;
  const auto rows = static_cast<double>(sweep.problem.features.rows);
  const auto validation_rows = static_cast<double>(sweep.problem.validation_features.rows);
  const auto features = static_cast<double>(sweep.problem.features.columns);
  // With fewer rows than features their products also take less memory than the features.
  if (!can_run_in_gram_space(sweep.optimizers[optimizer]) || rows >= features ||
      has_a_row_twice_in_a_batch(sweep))
    return Space::weights;
  const double runs = static_cast<double>(sweep.learning_rates.size()) *
                      static_cast<double>(sweep.weight_decays.size()) *
                      static_cast<double>(sweep.seeds);
  const double saved =
      multiply_adds_per_run(sweep, Space::weights) - multiply_adds_per_run(sweep, Space::gram);
  if (rows * (rows + validation_rows) * features >= saved * runs) return Space::weights;
  const bool in_range = sweep.precision == Precision::fp32
                            ? squares_are_in_range<float>(sweep.problem)
                            : squares_are_in_range<double>(sweep.problem);
  return in_range ? Space::gram : Space::weights;
}

}  // namespace lrscape
