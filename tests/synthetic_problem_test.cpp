#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "lrscape/problem.hpp"
#include "problems.hpp"

namespace lrscape::test {
namespace {

double dot(const Matrix& m, std::size_t row, const Values& weights) {
  double sum = 0;
  for (std::size_t j = 0; j < m.columns; ++j) sum += m(row, j) * weights[j];
  return sum;
}

/// Least squares by the normal equations and Gaussian elimination with pivoting.
Values least_squares(const Matrix& a, const Values& b) {
  const std::size_t d = a.columns;
  Matrix system(d, d + 1);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < d; ++j)
      for (std::size_t row = 0; row < a.rows; ++row) system(i, j) += a(row, i) * a(row, j);
    for (std::size_t row = 0; row < a.rows; ++row) system(i, d) += a(row, i) * b[row];
  }
  for (std::size_t k = 0; k < d; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k; i < d; ++i)
      if (std::abs(system(i, k)) > std::abs(system(pivot, k))) pivot = i;
    for (std::size_t j = 0; j <= d; ++j) std::swap(system(k, j), system(pivot, j));
    for (std::size_t i = 0; i < d; ++i) {
      if (i == k) continue;
      const double factor = system(i, k) / system(k, k);
      for (std::size_t j = k; j <= d; ++j) system(i, j) -= factor * system(k, j);
    }
  }
  Values solution;
  for (std::size_t k = 0; k < d; ++k) solution.push_back(system(k, d) / system(k, k));
  return solution;
}

TEST(MakeSynthetic, HasTheSizesAskedFor) {
  const auto problem = make_synthetic(sizes(7, 4, 5));
  EXPECT_EQ(problem.features.rows, 7U);
  EXPECT_EQ(problem.features.columns, 5U);
  EXPECT_EQ(problem.features.values.size(), 35U);
  EXPECT_EQ(problem.targets.size(), 7U);
  EXPECT_EQ(problem.validation_features.rows, 4U);
  EXPECT_EQ(problem.validation_features.columns, 5U);
  EXPECT_EQ(problem.validation_features.values.size(), 20U);
  EXPECT_EQ(problem.validation_targets.size(), 4U);
  EXPECT_NO_THROW(check(problem));
  EXPECT_NO_THROW(check(make_synthetic(sizes(1, 1, 1))));
}

// Expected values: the same recipe in Python, with an independent Philox and mpmath at 200 bits,
// for 3 training and 2 validation rows of 4 features, seed 5, and an oracle with half of its
// weights nonzero. The quantile function is accurate to 16 digits and a handful of operations
// follow, so the error is within 1e-14 of the largest value, 10.
TEST(MakeSynthetic, DrawsTheNumbersItAlwaysDrew) {
  auto parameters = sizes(3, 2, 4);
  parameters.seed = 5;
  parameters.oracle_density = 0.5;
  const auto problem = make_synthetic(parameters);
  const auto expect = [](const Values& given, const Values& expected) {
    EXPECT_THAT(given, testing::Pointwise(testing::DoubleNear(1e-13), expected));
  };
  expect(problem.features.values,
         {3.7587596629928317, 5.2797210881683405, 6.2542441163332425, 0,  //
          7.0995757241447484, 5.6197291403262177, -0.068000414694778979, 0, 5.9554806970548215,
          6.3673534235598126, 7.8025512799924845, 10});
  expect(problem.targets, {7.2661777536335643, -0.15360254370249091, 6.6895108324447827});
  expect(problem.validation_features.values,
         {0, 4.0233990892710487, 7.8294047273719345, 6.536830338411205,  //
          0, 2.0936277345023835, 9.7071470564758098, 0});
  expect(problem.validation_targets, {7.1778081165165952, 9.9783644899650206});
}

TEST(MakeSynthetic, ScalesTrainingColumnsToNormTen) {
  const auto problem = make_synthetic({});
  // A sum of 200 squares, with each addition off by at most 2^-53 of the sum, and a few more
  // roundings.
  constexpr double tolerance = 10 * 210 * 0x1p-53;
  for (std::size_t j = 0; j < problem.features.columns; ++j)
    EXPECT_NEAR(std::sqrt(square_sum(column(problem.features, j))), 10, tolerance) << j;
}

TEST(MakeSynthetic, ScalesValidationByTheFactorsOfTraining) {
  auto parameters = sizes(4000, 1000, 10);
  const auto problem = make_synthetic(parameters);
  // Before scaling, a squared entry has mean 0.8 (2^2 + 1) = 4 and variance
  // 0.8 (2^4 + 6 2^2 + 3) - 4^2 = 18.4. So the squared norm of 1000 entries varies by 3.4 %, that
  // of 4000 entries by 1.7 %, and the root of their ratio by 1.9 %. Five times 1.9 % of the
  // expected norm, 5, is 0.48.
  for (std::size_t j = 0; j < 10; ++j)
    EXPECT_NEAR(std::sqrt(square_sum(column(problem.validation_features, j))),
                10 * std::sqrt(1000 / 4000.0), 0.48);
  parameters.column_norm = 20;
  auto doubled = problem.validation_features.values;
  for (double& value : doubled) value *= 2;
  EXPECT_EQ(make_synthetic(parameters).validation_features.values, doubled);
}

TEST(MakeSynthetic, KeepsAnEntryWithTheProbabilityAskedFor) {
  const auto problem = make_synthetic({});
  for (const auto* part : {&problem.features, &problem.validation_features}) {
    const auto zeros = std::count(part->values.begin(), part->values.end(), 0.0);
    // 200,000 draws: five standard deviations of sqrt(200,000 0.8 0.2) = 179 zeros each.
    EXPECT_NEAR(static_cast<double>(zeros), 40000, 5 * 179);
  }
  auto dense = sizes(50, 50, 50);
  dense.density = 1;
  const auto values = make_synthetic(dense).features.values;
  EXPECT_EQ(std::count(values.begin(), values.end(), 0.0), 0);
}

TEST(MakeSynthetic, DrawsEntriesAroundTwoWithDeviationOne) {
  const auto problem = make_synthetic(sizes(4000, 1, 10));
  for (std::size_t j = 0; j < 10; ++j) {
    auto values = column(problem.features, j);
    std::erase(values, 0.0);
    const auto count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    const double deviation = std::sqrt(square_sum(values) / count - mean * mean);
    // mean / deviation of n normal draws varies by sqrt((1 + 2^2 / 2) / n) = 0.031 for n = 3200.
    EXPECT_NEAR(mean / deviation, 2, 5 * 0.031) << j;
  }
}

TEST(MakeSynthetic, HasASparseOracleOfUnitNormForBothParts) {
  struct Case {
    std::int64_t features;
    std::size_t nonzero;  // round(0.1 d), but at least 1, since the norm is 1
  };
  for (const auto& [features, nonzero] : {Case{20, 2}, Case{25, 3}, Case{34, 3}, Case{4, 1}}) {
    auto parameters = sizes(120, 15, features);
    parameters.noise = 0;
    const auto problem = make_synthetic(parameters);
    const auto oracle = least_squares(problem.features, problem.targets);
    // The normal equations have a condition number near 1e3 because all columns share their mean.
    // Errors of 1e-16 grow to at most 1e-12. The nonzero weights of this seed are far above 1e-9.
    const auto count =
        std::count_if(oracle.begin(), oracle.end(), [](double w) { return std::abs(w) > 1e-9; });
    EXPECT_EQ(static_cast<std::size_t>(count), nonzero) << features << " features";
    EXPECT_NEAR(square_sum(oracle), 1, 1e-10);
    for (std::size_t i = 0; i < 15; ++i)
      EXPECT_NEAR(dot(problem.validation_features, i, oracle), problem.validation_targets[i],
                  1e-10);
  }
}

TEST(MakeSynthetic, AddsNoiseOfTheDeviationAskedForToBothParts) {
  auto parameters = sizes(2000, 2000, 5);
  const auto noisy = make_synthetic(parameters);
  parameters.noise = 0;
  const auto clean = make_synthetic(parameters);
  EXPECT_EQ(noisy.features.values, clean.features.values);
  const auto noise = [](const Values& with, const Values& without) {
    Values difference;
    for (std::size_t i = 0; i < with.size(); ++i) difference.push_back(with[i] - without[i]);
    return difference;
  };
  const auto train = noise(noisy.targets, clean.targets);
  const auto validation = noise(noisy.validation_targets, clean.validation_targets);
  for (const auto* part : {&train, &validation}) {
    // The mean of 2000 draws with deviation 0.5 varies by 0.0112, their deviation by 0.0079.
    EXPECT_NEAR(std::accumulate(part->begin(), part->end(), 0.0) / 2000, 0, 5 * 0.0112);
    EXPECT_NEAR(std::sqrt(square_sum(*part) / 2000), 0.5, 5 * 0.0079);
  }
  // Training and validation noise are independent: their correlation varies about zero by
  // 1 / sqrt(2000) = 0.0224.
  const double product =
      std::inner_product(train.begin(), train.end(), validation.begin(), 0.0) / 2000;
  EXPECT_NEAR(product / 0.25, 0, 5 * 0.0224);
}

TEST(MakeSynthetic, IsTheSameForTheSameSeedAlone) {
  auto parameters = sizes(20, 10, 30);
  const auto problem = make_synthetic(parameters);
  const auto again = make_synthetic(parameters);
  EXPECT_EQ(problem.features.values, again.features.values);
  EXPECT_EQ(problem.targets, again.targets);
  EXPECT_EQ(problem.validation_features.values, again.validation_features.values);
  EXPECT_EQ(problem.validation_targets, again.validation_targets);
  for (const std::uint64_t seed : {std::uint64_t{1}, std::uint64_t{1} << 32}) {
    parameters.seed = seed;
    const auto other = make_synthetic(parameters);
    EXPECT_NE(problem.features.values, other.features.values);
    EXPECT_NE(problem.validation_features.values, other.validation_features.values);
    EXPECT_NE(problem.targets, other.targets);
    EXPECT_NE(problem.validation_targets, other.validation_targets);
  }
}

TEST(MakeSynthetic, KeepsTheRestWhenThereAreMoreValidationRows) {
  const auto few = make_synthetic(sizes(20, 5, 30));
  auto many = make_synthetic(sizes(20, 50, 30));
  EXPECT_EQ(few.features.values, many.features.values);
  EXPECT_EQ(few.targets, many.targets);
  many.validation_features.values.resize(5U * 30U);
  many.validation_targets.resize(5);
  EXPECT_EQ(few.validation_features.values, many.validation_features.values);
  EXPECT_EQ(few.validation_targets, many.validation_targets);
}

TEST(MakeSynthetic, ChangesOnlyTheScaleOfColumnsWhenThereAreMoreRows) {
  const auto few = make_synthetic(sizes(20, 5, 30));
  const auto many = make_synthetic(sizes(60, 5, 30));
  const auto expect_scaled = [](double given, double original, double factor) {
    // The two scaled values, the factor and this product are rounded once each.
    EXPECT_NEAR(given, original * factor, 8 * 0x1p-53 * std::abs(given));
  };
  for (std::size_t j = 0; j < 30; ++j) {
    const auto old_column = column(few.features, j);
    const auto new_column = column(many.features, j);
    const auto largest = static_cast<std::size_t>(
        std::max_element(old_column.begin(), old_column.end()) - old_column.begin());
    const double factor = new_column[largest] / old_column[largest];
    EXPECT_LT(factor, 1);
    for (std::size_t i = 0; i < 20; ++i) expect_scaled(new_column[i], old_column[i], factor);
    for (std::size_t i = 0; i < 5; ++i)
      expect_scaled(many.validation_features(i, j), few.validation_features(i, j), factor);
  }
}

TEST(MakeSynthetic, RefusesWhatMakesNoProblem) {
  const auto refused = [](auto change, const auto&... parts) {
    SyntheticProblem parameters = sizes(3, 3, 3);
    change(parameters);
    expect_input_error([&] { make_synthetic(parameters); }, parts...);
  };
  refused([](auto& p) { p.rows = 0; }, "number of rows", "at least 1, not 0");
  refused([](auto& p) { p.validation_rows = -2; }, "number of validation rows", "not -2");
  refused([](auto& p) { p.features = 0; }, "number of features", "not 0");
  for (const double value : {0.0, -0.1, 1.1, infinity, not_a_number}) {
    refused([&](auto& p) { p.density = value; }, "density of the features",
            "above 0 and at most 1");
    refused([&](auto& p) { p.oracle_density = value; }, "density of the oracle",
            "above 0 and at most 1");
  }
  for (const double value : {-0.5, infinity, not_a_number})
    refused([&](auto& p) { p.noise = value; }, "noise", ">= 0");
}

TEST(MakeSynthetic, RefusesMoreThanAnyMemoryHolds) {
  for (const auto& parameters : {sizes(1LL << 40, 1, 1LL << 40), sizes(1, 1LL << 40, 1LL << 40)})
    expect_input_error([&] { make_synthetic(parameters); }, "rows and features", "memory");
}

}  // namespace
}  // namespace lrscape::test
