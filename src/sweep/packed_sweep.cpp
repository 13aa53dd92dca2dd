#include "sweep/packed_sweep.hpp"

#include <algorithm>

namespace lrscape {
namespace {

template <class Real>
std::vector<Real> converted(const std::vector<double>& values) {
  std::vector<Real> result(values.size());
  std::transform(values.begin(), values.end(), result.begin(),
                 [](double value) { return static_cast<Real>(value); });
  return result;
}

template <class Real>
std::vector<Real> padded_rows(const Matrix& matrix, std::size_t stride) {
  std::vector<Real> values(matrix.rows * stride);
  for (std::size_t i = 0; i < matrix.rows; ++i)
    for (std::size_t j = 0; j < matrix.columns; ++j)
      values[i * stride + j] = static_cast<Real>(matrix(i, j));
  return values;
}

}  // namespace

template <class Real>
PackedSweep<Real>::PackedSweep(const Sweep& sweep) {
  const Problem& problem = sweep.problem;
  constexpr std::size_t block = summation_block;
  const std::size_t stride = (problem.features.columns + block - 1) / block * block;
  train_features = padded_rows<Real>(problem.features, stride);
  train_targets = converted<Real>(problem.targets);
  validation_features = padded_rows<Real>(problem.validation_features, stride);
  validation_targets = converted<Real>(problem.validation_targets);
  const auto rows = static_cast<std::int64_t>(problem.features.rows);
  row_orders = sweep.row_orders;
  for (std::int64_t seed = 0; seed < sweep.seeds && sweep.row_orders.empty(); ++seed)
    row_orders.push_back(
        row_order(static_cast<std::uint64_t>(sweep.first_seed + seed), sweep.epochs, rows));
  shape_ = {{nullptr, nullptr, static_cast<std::int32_t>(rows)},
            {nullptr, nullptr, static_cast<std::int32_t>(problem.validation_features.rows)},
            static_cast<std::int32_t>(problem.features.columns),
            static_cast<std::int32_t>(stride),
            static_cast<std::int32_t>(sweep.epochs),
            static_cast<std::int32_t>(sweep.batch_size),
            sweep.record_epochs,
            sweep.train_loss};
}

template <class Real>
TrainingView<Real> PackedSweep<Real>::view() const {
  TrainingView<Real> view = shape_;
  view.train.features = train_features.data();
  view.train.targets = train_targets.data();
  view.validation.features = validation_features.data();
  view.validation.targets = validation_targets.data();
  return view;
}

template struct PackedSweep<float>;
template struct PackedSweep<double>;

}  // namespace lrscape
