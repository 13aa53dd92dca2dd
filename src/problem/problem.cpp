#include "lrscape/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/memory.hpp"
#include "lrscape/error.hpp"
#include "lrscape/numerics/normal.hpp"
#include "lrscape/numerics/philox.hpp"
#include "lrscape/stop.hpp"

namespace lrscape {
namespace {

double draw_uniform(std::uint64_t seed, RandomPurpose purpose, std::uint64_t index) {
  return uniform(random_bits(seed, purpose, 0, index));
}

double draw_normal(std::uint64_t seed, RandomPurpose purpose, std::uint64_t index) {
  return normal_quantile(draw_uniform(seed, purpose, index));
}

/// 0 .. count-1 sorted by random keys; ties are sorted by index.
std::vector<std::int32_t> random_permutation(std::uint64_t seed, RandomPurpose purpose,
                                             std::uint32_t stream, std::size_t count) {
  std::vector<std::pair<std::uint64_t, std::int32_t>> keyed(count);
  for (std::size_t i = 0; i < count; ++i)
    keyed[i] = {random_bits(seed, purpose, stream, i), static_cast<std::int32_t>(i)};
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::int32_t> order(count);
  std::transform(keyed.begin(), keyed.end(), order.begin(), [](const auto& k) { return k.second; });
  return order;
}

Matrix draw_features(const SyntheticProblem& p, std::int64_t rows, RandomPurpose values,
                     RandomPurpose mask) {
  Matrix features(static_cast<std::size_t>(rows), static_cast<std::size_t>(p.features));
  for (std::size_t k = 0; k < features.values.size(); ++k) {
    if (k % features.columns == 0) end_if_stopped();
    if (draw_uniform(p.seed, mask, k) < p.density)
      features.values[k] = p.mean + draw_normal(p.seed, values, k);
  }
  return features;
}

std::vector<double> draw_oracle(const SyntheticProblem& p) {
  const auto count = static_cast<std::size_t>(p.features);
  const auto nonzero = std::max<std::size_t>(
      1,
      static_cast<std::size_t>(std::llround(p.oracle_density * static_cast<double>(p.features))));
  const auto order = random_permutation(p.seed, RandomPurpose::oracle_support, 0, count);
  std::vector<double> oracle(count);
  double square = 0;
  for (std::size_t k = 0; k < nonzero; ++k) {
    double& weight = oracle[static_cast<std::size_t>(order[k])];
    weight = draw_normal(p.seed, RandomPurpose::oracle_weights, k);
    square += weight * weight;
  }
  for (double& weight : oracle) weight /= std::sqrt(square);
  return oracle;
}

std::vector<double> draw_targets(const SyntheticProblem& p, const Matrix& features,
                                 const std::vector<double>& oracle, RandomPurpose noise) {
  std::vector<double> targets(features.rows);
  for (std::size_t i = 0; i < features.rows; ++i) {
    for (std::size_t j = 0; j < features.columns; ++j) targets[i] += features(i, j) * oracle[j];
    targets[i] += p.noise * draw_normal(p.seed, noise, i);
  }
  return targets;
}

void check(const SyntheticProblem& p) {
  const auto at_least_one = [](std::string_view name, std::int64_t value) {
    if (value < 1) throw InputError(fmt::format("{} must be at least 1, not {}", name, value));
  };
  at_least_one("the number of rows", p.rows);
  at_least_one("the number of validation rows", p.validation_rows);
  at_least_one("the number of features", p.features);
  const auto fraction = [](std::string_view name, double value) {
    if (!(value > 0 && value <= 1))
      throw InputError(fmt::format("{} must be above 0 and at most 1, not {}", name, value));
  };
  const double rows = static_cast<double>(p.rows) + static_cast<double>(p.validation_rows);
  check_memory("a problem of so many rows and features",
               rows * static_cast<double>(p.features) * sizeof(double));
  fraction("the density of the features", p.density);
  fraction("the density of the oracle", p.oracle_density);
  if (!std::isfinite(p.mean) || !(p.column_norm > 0 && std::isfinite(p.column_norm)))
    throw InputError(
        fmt::format("the mean must be finite and the norm of a column above 0, not {} and {}",
                    p.mean, p.column_norm));
  if (!(p.noise >= 0 && std::isfinite(p.noise)))
    throw InputError(fmt::format("the noise must be a number >= 0, not {}", p.noise));
}

void check_part(const Matrix& features, const std::vector<double>& targets, std::string_view part) {
  if (features.values.size() != features.rows * features.columns)
    throw InputError(fmt::format("the {} features hold {} values, not {} x {}", part,
                                 features.values.size(), features.rows, features.columns));
  if (features.rows == 0 || features.columns == 0)
    throw InputError(fmt::format("the {} features are empty ({} rows, {} columns)", part,
                                 features.rows, features.columns));
  if (features.rows != targets.size())
    throw InputError(fmt::format("the {} features have {} rows but there are {} {} targets", part,
                                 features.rows, targets.size(), part));
  const auto finite = [](double value) { return std::isfinite(value); };
  if (!std::all_of(features.values.begin(), features.values.end(), finite) ||
      !std::all_of(targets.begin(), targets.end(), finite))
    throw InputError(fmt::format("the {} data hold a value that is not finite", part));
}

}  // namespace

void check(const Problem& problem) {
  check_part(problem.features, problem.targets, "training");
  check_part(problem.validation_features, problem.validation_targets, "validation");
  if (problem.features.columns != problem.validation_features.columns)
    throw InputError(fmt::format("the training data have {} features but the validation data {}",
                                 problem.features.columns, problem.validation_features.columns));
  const std::size_t names = problem.feature_names.size();
  if (names > 0 && names != problem.features.columns)
    throw InputError(
        fmt::format("there are {} names for {} features", names, problem.features.columns));
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()) / 2;
  if (std::max({problem.features.rows, problem.features.columns,
                problem.validation_features.rows}) > most)
    throw InputError(fmt::format("the problem has more than {} rows or features", most));
}

std::string to_string(const SyntheticProblem& p) {
  return fmt::format(
      "synthetic: n {}, validation {}, d {}, density {}, oracle density {}, noise {}, seed {}",
      p.rows, p.validation_rows, p.features, p.density, p.oracle_density, p.noise, p.seed);
}

Problem make_synthetic(const SyntheticProblem& p) {
  check(p);
  using enum RandomPurpose;
  Problem problem;
  problem.features = draw_features(p, p.rows, train_features, train_mask);
  problem.validation_features =
      draw_features(p, p.validation_rows, validation_features, validation_mask);
  for (std::size_t j = 0; j < problem.features.columns; ++j) {
    double square = 0;
    for (std::size_t i = 0; i < problem.features.rows; ++i)
      square += problem.features(i, j) * problem.features(i, j);
    const double factor = square > 0 ? p.column_norm / std::sqrt(square) : 1;
    for (std::size_t i = 0; i < problem.features.rows; ++i) problem.features(i, j) *= factor;
    for (std::size_t i = 0; i < problem.validation_features.rows; ++i)
      problem.validation_features(i, j) *= factor;
  }
  const auto oracle = draw_oracle(p);
  problem.targets = draw_targets(p, problem.features, oracle, train_noise);
  problem.validation_targets =
      draw_targets(p, problem.validation_features, oracle, validation_noise);
  return problem;
}

Problem hold_out(const Matrix& features, const std::vector<double>& targets, double fraction,
                 std::uint64_t seed) {
  check_part(features, targets, "training");
  if (!(fraction > 0 && fraction < 1))
    throw InputError(
        fmt::format("the held-out fraction must be above 0 and below 1, not {}", fraction));
  const auto held =
      static_cast<std::size_t>(std::llround(fraction * static_cast<double>(features.rows)));
  if (held == 0 || held == features.rows)
    throw InputError(
        fmt::format("holding out {} of {} rows leaves {} for training and {} for validation; both "
                    "must be at least 1",
                    fraction, features.rows, features.rows - held, held));
  const auto order = random_permutation(seed, RandomPurpose::held_out_rows, 0, features.rows);
  Problem problem;
  problem.features = Matrix(features.rows - held, features.columns);
  problem.validation_features = Matrix(held, features.columns);
  const auto take = [&](std::size_t from, Matrix& to_features, std::vector<double>& to_targets) {
    for (std::size_t i = 0; i < to_features.rows; ++i) {
      const auto row = static_cast<std::size_t>(order[from + i]);
      for (std::size_t j = 0; j < features.columns; ++j) to_features(i, j) = features(row, j);
      to_targets.push_back(targets[row]);
    }
  };
  take(0, problem.validation_features, problem.validation_targets);
  take(held, problem.features, problem.targets);
  problem.split.resize(features.rows, RowUse::training);
  for (std::size_t i = 0; i < held; ++i)
    problem.split[static_cast<std::size_t>(order[i])] = RowUse::validation;
  return problem;
}

std::vector<std::size_t> standardize(Problem& problem) {
  std::vector<std::size_t> constant_columns;
  const auto rows = static_cast<double>(problem.features.rows);
  for (std::size_t j = 0; j < problem.features.columns; ++j) {
    // Works with differences from the first row, divided by the largest difference. In a constant
    // column, the differences are exactly 0; in a column of extreme values, their squares neither
    // overflow nor underflow.
    const double first = problem.features(0, j);
    double largest = 0;
    double magnitude = 0;
    for (std::size_t i = 0; i < problem.features.rows; ++i) {
      largest = std::max(largest, std::abs(problem.features(i, j) - first));
      magnitude = std::max(magnitude, std::abs(problem.features(i, j)));
    }
    // 0.1 + 0.2 and 0.3 differ by one rounding. A value computed in another order may differ by a
    // few.
    constexpr double few_roundings = 8 * std::numeric_limits<double>::epsilon();
    const bool constant = largest <= few_roundings * magnitude;
    if (constant) constant_columns.push_back(j);
    const auto relative = [&](double value) { return (value - first) / largest; };
    double mean = 0;
    double variance = 0;
    for (std::size_t i = 0; i < problem.features.rows; ++i)
      mean += relative(problem.features(i, j)) / rows;
    for (std::size_t i = 0; i < problem.features.rows; ++i) {
      const double centered = relative(problem.features(i, j)) - mean;
      variance += centered * centered / rows;
    }
    for (auto* part : {&problem.features, &problem.validation_features})
      for (std::size_t i = 0; i < part->rows; ++i) {
        double& value = (*part)(i, j);
        value = constant ? 0 : (relative(value) - mean) / std::sqrt(variance);
      }
  }
  double mean = 0;
  for (const double target : problem.targets) mean += target / rows;
  for (auto* part : {&problem.targets, &problem.validation_targets})
    for (double& target : *part) target -= mean;
  return constant_columns;
}

void append_intercept(Problem& problem) {
  for (Matrix* const part : {&problem.features, &problem.validation_features}) {
    Matrix longer(part->rows, part->columns + 1);
    for (std::size_t i = 0; i < part->rows; ++i) {
      for (std::size_t j = 0; j < part->columns; ++j) longer(i, j) = (*part)(i, j);
      longer(i, part->columns) = 1;
    }
    *part = std::move(longer);
  }
  if (!problem.feature_names.empty()) problem.feature_names.emplace_back("intercept");
}

std::vector<std::int32_t> row_order(std::uint64_t seed, std::int64_t epochs, std::int64_t rows) {
  std::vector<std::int32_t> order;
  order.reserve(static_cast<std::size_t>(epochs * rows));
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    const auto permutation =
        random_permutation(seed, RandomPurpose::row_order, static_cast<std::uint32_t>(epoch),
                           static_cast<std::size_t>(rows));
    order.insert(order.end(), permutation.begin(), permutation.end());
  }
  return order;
}

}  // namespace lrscape
