#include "sweep/packed_problem.hpp"

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
PackedProblem<Real>::PackedProblem(const Problem& problem, std::span<const Space> spaces,
                                   Matrix train_products, int threads)
    : train_targets_(converted<Real>(problem.targets)),
      validation_targets_(converted<Real>(problem.validation_targets)) {
  const auto pack = [&](Space space, const Matrix& train, const Matrix& validation) {
    constexpr std::size_t block = summation_block;
    const std::size_t stride = (train.columns + block - 1) / block * block;
    features_[static_cast<std::size_t>(space)] = {
        static_cast<std::int32_t>(train.columns), static_cast<std::int32_t>(stride),
        padded_rows<Real>(train, stride), padded_rows<Real>(validation, stride)};
  };
  if (std::ranges::count(spaces, Space::weights) > 0)
    pack(Space::weights, problem.features, problem.validation_features);
  if (std::ranges::count(spaces, Space::gram) > 0) {
    if (train_products.values.empty())
      train_products = row_products(problem.features, problem.features, threads);
    pack(Space::gram, train_products,
         row_products(problem.validation_features, problem.features, threads));
  }
}

template class PackedProblem<float>;
template class PackedProblem<double>;

template <class Real>
TrainingView<Real> training_view(const PreparedSweep& prepared, std::size_t configuration) {
  const Sweep& sweep = prepared.sweep();
  const Configuration& one = prepared.configurations()[configuration];
  const Space space = prepared.spaces()[configuration];
  const PackedProblem<Real>& packed = prepared.packed<Real>();
  const auto& features = packed.features(space);
  const auto rows = static_cast<std::int64_t>(sweep.problem.features.rows);
  const std::int64_t last_batch =
      rows - (one.steps_per_epoch(sweep.problem.features.rows) - 1) * one.batch_size;

  TrainingView<Real> view = {};
  view.train = {features.train.data(), packed.train_targets().data(),
                static_cast<std::int32_t>(rows)};
  view.validation = {features.validation.data(), packed.validation_targets().data(),
                     static_cast<std::int32_t>(sweep.problem.validation_features.rows)};
  view.space = space;
  view.features = features.count;
  view.stride = features.stride;
  view.epochs = static_cast<std::int32_t>(one.epochs);
  view.steps_of_epoch = static_cast<std::int32_t>(one.steps_per_epoch(sweep.problem.features.rows));
  view.batch_size = static_cast<std::int32_t>(one.batch_size);
  view.record_epochs = sweep.record_epochs;
  view.train_loss = sweep.train_loss;
  view.batch_scale = Real(2) / static_cast<Real>(one.batch_size);
  view.last_batch_scale = Real(2) / static_cast<Real>(last_batch);
  return view;
}

template TrainingView<float> training_view(const PreparedSweep&, std::size_t);
template TrainingView<double> training_view(const PreparedSweep&, std::size_t);

}  // namespace lrscape
