#include "sweep/packed_sweep.hpp"

#include <algorithm>
#include <utility>

#include "sweep/gram.hpp"

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
PackedSweep<Real>::PackedSweep(const Sweep& sweep, int threads) {
  const Problem& problem = sweep.problem;
  const auto pack = [&](Space space, const Matrix& train, const Matrix& validation) {
    constexpr std::size_t block = summation_block;
    const std::size_t stride = (train.columns + block - 1) / block * block;
    features_[static_cast<std::size_t>(space)] = {
        static_cast<std::int32_t>(train.columns), static_cast<std::int32_t>(stride),
        padded_rows<Real>(train, stride), padded_rows<Real>(validation, stride)};
  };
  SpaceChoice choice = choose_spaces(sweep, threads);
  spaces = std::move(choice.spaces);
  for (const Space space : spaces) {
    if (features(space).count > 0) continue;
    if (space == Space::weights) {
      pack(space, problem.features, problem.validation_features);
      continue;
    }
    if (choice.train_products.values.empty())
      choice.train_products = row_products(problem.features, problem.features, threads);
    pack(space, choice.train_products,
         row_products(problem.validation_features, problem.features, threads));
  }
  train_targets = converted<Real>(problem.targets);
  validation_targets = converted<Real>(problem.validation_targets);
  const auto rows = static_cast<std::int64_t>(problem.features.rows);
  row_orders = sweep.row_orders;
  for (std::int64_t seed = 0; seed < sweep.seeds && sweep.row_orders.empty(); ++seed)
    row_orders.push_back(
        row_order(static_cast<std::uint64_t>(sweep.first_seed + seed), sweep.epochs, rows));
  shape_.train.rows = static_cast<std::int32_t>(rows);
  shape_.validation.rows = static_cast<std::int32_t>(problem.validation_features.rows);
  shape_.epochs = static_cast<std::int32_t>(sweep.epochs);
  shape_.steps_of_epoch = static_cast<std::int32_t>(sweep.steps_per_epoch());
  shape_.batch_size = static_cast<std::int32_t>(sweep.batch_size);
  const std::int64_t last_batch = rows - (sweep.steps_per_epoch() - 1) * sweep.batch_size;
  shape_.batch_scale = Real(2) / static_cast<Real>(sweep.batch_size);
  shape_.last_batch_scale = Real(2) / static_cast<Real>(last_batch);
  shape_.record_epochs = sweep.record_epochs;
  shape_.train_loss = sweep.train_loss;
}

template <class Real>
TrainingView<Real> PackedSweep<Real>::view(Space space) const {
  TrainingView<Real> view = shape_;
  view.space = space;
  view.features = features(space).count;
  view.stride = features(space).stride;
  view.train.features = features(space).train.data();
  view.train.targets = train_targets.data();
  view.validation.features = features(space).validation.data();
  view.validation.targets = validation_targets.data();
  return view;
}

template struct PackedSweep<float>;
template struct PackedSweep<double>;

}  // namespace lrscape
