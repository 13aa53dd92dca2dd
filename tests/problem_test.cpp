#include "lrscape/problem.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "lrscape/error.hpp"

namespace lrscape {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;
using Values = std::vector<double>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class Work, class... Parts>
void expect_refusal(Work work, const Parts&... parts) {
  EXPECT_THAT(work, ThrowsMessage<InputError>(AllOf(HasSubstr(parts)..., Not(HasSubstr("\n")))));
}

Matrix matrix(std::size_t rows, std::size_t columns, const Values& values) {
  Matrix result(rows, columns);
  result.values = values;
  return result;
}

SyntheticProblem sizes(std::int64_t rows, std::int64_t validation_rows, std::int64_t features) {
  SyntheticProblem parameters;
  parameters.rows = rows;
  parameters.validation_rows = validation_rows;
  parameters.features = features;
  return parameters;
}

Values column(const Matrix& m, std::size_t j) {
  Values values;
  for (std::size_t i = 0; i < m.rows; ++i) values.push_back(m(i, j));
  return values;
}

double square_sum(const Values& values) {
  return std::inner_product(values.begin(), values.end(), values.begin(), 0.0);
}

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

// Expected: the recipe in Python with a Philox of its own and mpmath at 200 bits, for 3 and 2 rows
// of 4 features, seed 5, half of the oracle not zero. Normal numbers of which the quantile function
// knows 16 digits, and a handful of operations on them: within 1e-14 of the largest, 10.
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
  // 200 squares added up, each step off by at most 2^-53 of the sum, and a few roundings more.
  constexpr double tolerance = 10 * 210 * 0x1p-53;
  for (std::size_t j = 0; j < problem.features.columns; ++j)
    EXPECT_NEAR(std::sqrt(square_sum(column(problem.features, j))), 10, tolerance) << j;
}

TEST(MakeSynthetic, ScalesValidationByTheFactorsOfTraining) {
  auto parameters = sizes(4000, 1000, 10);
  const auto problem = make_synthetic(parameters);
  // A squared entry before scaling has mean 0.8 (2^2 + 1) = 4 and variance
  // 0.8 (2^4 + 6 2^2 + 3) - 4^2 = 18.4, so the squared norm of 1000 of them varies by 3.4 % and
  // that of 4000 by 1.7 %: their ratio's root by 1.9 %. Five times that is 0.48 of 5.
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
    // 200,000 draws: five standard deviations of 447 zeros, sqrt(200,000 0.8 0.2) = 179.
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
    std::size_t nonzero;  // round(0.1 d), at least one, for a norm of 1 asks for one
  };
  for (const auto& [features, nonzero] : {Case{20, 2}, Case{25, 3}, Case{34, 3}, Case{4, 1}}) {
    auto parameters = sizes(120, 15, features);
    parameters.noise = 0;
    const auto problem = make_synthetic(parameters);
    const auto oracle = least_squares(problem.features, problem.targets);
    // The normal equations have a condition number near 1e3 (all columns share their mean), which
    // makes 1e-16 into at most 1e-12; weights of this seed are far above 1e-9.
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
    // Of 2000 draws with deviation 0.5 the mean varies by 0.0112, the deviation by 0.0079.
    EXPECT_NEAR(std::accumulate(part->begin(), part->end(), 0.0) / 2000, 0, 5 * 0.0112);
    EXPECT_NEAR(std::sqrt(square_sum(*part) / 2000), 0.5, 5 * 0.0079);
  }
  // The two are independent: their correlation varies by 1 / sqrt(2000) = 0.0224 about zero.
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
    // Either value is rounded once when scaled, and so are the factor and this product.
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
    expect_refusal([&] { make_synthetic(parameters); }, parts...);
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
    expect_refusal([&] { make_synthetic(parameters); }, "rows and features", "memory");
}

// check(Problem)

Problem small_problem() { return {matrix(2, 2, {1, 2, 3, 4}), {5, 6}, matrix(1, 2, {7, 8}), {9}}; }

TEST(CheckProblem, AcceptsWhatFitsTogether) { EXPECT_NO_THROW(check(small_problem())); }

TEST(CheckProblem, RefusesWhatDoesNot) {
  const auto refused = [](auto change, const auto&... parts) {
    Problem problem = small_problem();
    change(problem);
    expect_refusal([&] { check(problem); }, parts...);
  };
  refused([](auto& p) { p.features = Matrix(0, 2); }, "training features are empty", "0 rows");
  refused([](auto& p) { p.features = Matrix(2, 0); }, "training features are empty", "0 columns");
  refused([](auto& p) { p.validation_features = Matrix(); }, "validation features are empty");
  refused([](auto& p) { p.targets.push_back(1); }, "training features have 2 rows",
          "3 training targets");
  refused([](auto& p) { p.validation_targets.clear(); }, "validation features have 1 rows",
          "0 validation targets");
  refused(
      [](auto& p) {
        p.validation_features = matrix(1, 3, {1, 2, 3});
      },
      "training data have 2 features", "validation data 3");
  for (const double value : {infinity, -infinity, not_a_number}) {
    refused([&](auto& p) { p.features(1, 1) = value; }, "training data", "not finite");
    refused([&](auto& p) { p.targets[1] = value; }, "training data", "not finite");
    refused([&](auto& p) { p.validation_features(0, 1) = value; }, "validation data", "not finite");
    refused([&](auto& p) { p.validation_targets[0] = value; }, "validation data", "not finite");
  }
}

// hold_out

/// Features (i, 10 i) and target 100 + i for row i, so that every row is known by its entries.
Problem split_numbered(std::size_t rows, double fraction, std::uint64_t seed) {
  Matrix features(rows, 2);
  Values targets(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    features(i, 0) = static_cast<double>(i);
    features(i, 1) = 10 * static_cast<double>(i);
    targets[i] = 100 + static_cast<double>(i);
  }
  return hold_out(features, targets, fraction, seed);
}

TEST(HoldOut, PartsTheRows) {
  const auto problem = split_numbered(50, 0.3, 1);
  auto rows = column(problem.features, 0);
  const auto held = column(problem.validation_features, 0);
  EXPECT_EQ(rows.size(), 35U);
  EXPECT_EQ(held.size(), 15U);
  rows.insert(rows.end(), held.begin(), held.end());
  std::sort(rows.begin(), rows.end());
  Values all(50);
  std::iota(all.begin(), all.end(), 0.0);
  EXPECT_EQ(rows, all);
}

TEST(HoldOut, KeepsRowsWhole) {
  const auto problem = split_numbered(50, 0.3, 1);
  const auto expect_whole = [](const Matrix& features, const Values& targets) {
    ASSERT_EQ(features.rows, targets.size());
    for (std::size_t i = 0; i < features.rows; ++i) {
      EXPECT_EQ(features(i, 1), 10 * features(i, 0));
      EXPECT_EQ(targets[i], 100 + features(i, 0));
    }
  };
  expect_whole(problem.features, problem.targets);
  expect_whole(problem.validation_features, problem.validation_targets);
}

TEST(HoldOut, RoundsTheNumberOfRows) {
  const auto held = [](std::size_t rows, double fraction) {
    return split_numbered(rows, fraction, 0).validation_targets.size();
  };
  EXPECT_EQ(held(10, 0.3), 3U);
  EXPECT_EQ(held(10, 0.34), 3U);
  EXPECT_EQ(held(10, 0.36), 4U);
  EXPECT_EQ(held(10, 0.25), 3U);  // halves away from zero
  EXPECT_EQ(held(10, 0.05), 1U);
  EXPECT_EQ(held(10, 0.94), 9U);
  EXPECT_EQ(held(2, 0.5), 1U);
}

TEST(HoldOut, DependsOnTheSeedAlone) {
  const auto rows = [](std::uint64_t seed) { return split_numbered(50, 0.3, seed).targets; };
  EXPECT_EQ(rows(1), rows(1));
  EXPECT_NE(rows(1), rows(2));
  EXPECT_NE(rows(1), rows(1 + (std::uint64_t{1} << 32)));
}

// Expected: rows in the order of (random bits, row) in Python, the first ones held out.
TEST(HoldOut, DrawsTheRowsItAlwaysDrew) {
  const auto problem = split_numbered(6, 0.5, 3);
  EXPECT_EQ(column(problem.validation_features, 0), (Values{4, 2, 0}));
  EXPECT_EQ(column(problem.features, 0), (Values{3, 5, 1}));
}

TEST(HoldOut, RefusesToLeaveASideEmpty) {
  expect_refusal([] { split_numbered(10, 0.04, 0); }, "0.04 of 10 rows", "10 for training",
                 "0 for validation", "at least 1");
  expect_refusal([] { split_numbered(10, 0.96, 0); }, "0 for training", "10 for validation");
  expect_refusal([] { split_numbered(1, 0.5, 0); }, "of 1 rows");
  for (const double fraction : {0.0, 1.0, -0.5, 1.5, infinity, not_a_number})
    EXPECT_THROW(split_numbered(10, fraction, 0), InputError) << fraction;
}

TEST(HoldOut, RefusesDataThatDoNotFit) {
  expect_refusal([] { hold_out(Matrix(3, 1), {1, 2}, 0.5, 0); }, "3 rows", "2 training targets");
  expect_refusal([] { hold_out(Matrix(0, 1), {}, 0.5, 0); }, "empty");
  expect_refusal([] { hold_out(matrix(2, 1, {1, infinity}), {1, 2}, 0.5, 0); }, "not finite");
}

// standardize

TEST(Standardize, UsesTheStatisticsOfTheTrainingPartForBoth) {
  // Columns: mean 2, deviation 1; mean 5, deviation 3. Targets: mean 20.
  Problem problem = {matrix(2, 2, {1, 8, 3, 2}), {10, 30}, matrix(2, 2, {5, 5, 2, -4}), {20, 25}};
  standardize(problem);
  EXPECT_EQ(problem.features.values, (Values{-1, 1, 1, -1}));
  EXPECT_EQ(problem.validation_features.values, (Values{3, 0, 0, -3}));
  EXPECT_EQ(problem.targets, (Values{-10, 10}));
  EXPECT_EQ(problem.validation_targets, (Values{0, 5}));
}

TEST(Standardize, LeavesMeanZeroAndVarianceOne) {
  auto problem = make_synthetic(sizes(500, 5, 20));
  for (std::size_t i = 0; i < 500; ++i) problem.features(i, 3) += 1000;
  standardize(problem);
  // The mean of 500 entries near 1000 is off by at most 500 * 1000 * 2^-53 = 6e-11 in units where
  // the deviation is above 0.1; its square does not show in the variance.
  for (std::size_t j = 0; j < 20; ++j) {
    const auto values = column(problem.features, j);
    EXPECT_NEAR(std::accumulate(values.begin(), values.end(), 0.0) / 500, 0, 6e-10) << j;
    EXPECT_NEAR(square_sum(values) / 500, 1, 1e-12) << j;
  }
  const double sum = std::accumulate(problem.targets.begin(), problem.targets.end(), 0.0);
  EXPECT_NEAR(sum / 500, 0, 500 * 10 * 0x1p-53);  // targets are below 10
}

TEST(Standardize, TurnsAConstantColumnIntoZeros) {
  for (const double value : {0.0, 7.0, 0.1, -1e300, 1e-300}) {
    Problem problem = {matrix(3, 2, {value, 1, value, 2, value, 3}),
                       {1, 2, 3},
                       matrix(2, 2, {value, 2, value + 1, 3}),
                       {4, 5}};
    standardize(problem);
    EXPECT_EQ(column(problem.features, 0), Values(3)) << value;
    EXPECT_EQ(column(problem.validation_features, 0), Values(2)) << value;
    EXPECT_EQ(column(problem.features, 1)[1], 0) << value;
    EXPECT_GT(column(problem.features, 1)[2], 1.2) << value;  // sqrt(3 / 2)
  }
}

// However many roundings the mean of a constant column takes, they are no deviation: else every
// entry of it would become the same +1 or -1.
TEST(Standardize, TurnsAConstantColumnOfManyRowsIntoZeros) {
  for (const std::size_t rows : {1000, 3000, 10000, 100000}) {
    for (const double value : {1.0, 0.1, 1 / 3.0, -7.7, 123.456}) {
      Problem problem = {Matrix(rows, 1), Values(rows), Matrix(1, 1), {0}};
      std::fill(problem.features.values.begin(), problem.features.values.end(), value);
      problem.validation_features(0, 0) = value + 1;
      standardize(problem);
      const auto& values = problem.features.values;
      EXPECT_EQ(*std::min_element(values.begin(), values.end()), 0) << rows << " of " << value;
      EXPECT_EQ(*std::max_element(values.begin(), values.end()), 0) << rows << " of " << value;
      EXPECT_EQ(problem.validation_features(0, 0), 0) << rows << " rows of " << value;
    }
  }
}

TEST(Standardize, KeepsAColumnThatHardlyVaries) {
  Problem problem = {matrix(2, 1, {1e6, 1e6 + 1e-6}), {0, 0}, matrix(1, 1, {1e6}), {0}};
  standardize(problem);
  // The two differ by an exact multiple of 2^-33 and their mean is half way, at most one rounding
  // of 2^-34 off, of a deviation of 5e-7.
  EXPECT_NEAR(problem.features(0, 0), -1, 0x1p-34 / 5e-7);
  EXPECT_NEAR(problem.features(1, 0), 1, 0x1p-34 / 5e-7);
}

// row_order

std::vector<std::int32_t> epoch_of(const std::vector<std::int32_t>& order, std::size_t epoch,
                                   std::size_t rows) {
  const auto begin = order.begin() + static_cast<std::ptrdiff_t>(epoch * rows);
  return {begin, begin + static_cast<std::ptrdiff_t>(rows)};
}

TEST(RowOrder, IsAPermutationInEveryEpoch) {
  const auto order = row_order(1, 20, 33);
  ASSERT_EQ(order.size(), 20U * 33U);
  std::vector<std::int32_t> all(33);
  std::iota(all.begin(), all.end(), 0);
  for (std::size_t epoch = 0; epoch < 20; ++epoch) {
    auto rows = epoch_of(order, epoch, 33);
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(rows, all) << "epoch " << epoch;
  }
  EXPECT_EQ(row_order(7, 3, 1), (std::vector<std::int32_t>{0, 0, 0}));
}

TEST(RowOrder, DiffersFromEpochToEpochAndFromSeedToSeed) {
  const auto order = row_order(1, 5, 33);
  for (std::size_t epoch = 1; epoch < 5; ++epoch)
    EXPECT_NE(epoch_of(order, epoch, 33), epoch_of(order, epoch - 1, 33));
  EXPECT_NE(row_order(2, 1, 33), row_order(1, 1, 33));
  EXPECT_NE(row_order(1 + (std::uint64_t{1} << 32), 1, 33), row_order(1, 1, 33));
  EXPECT_EQ(row_order(1, 5, 33), order);
}

TEST(RowOrder, OfMoreEpochsBeginsWithThatOfFewer) {
  auto longer = row_order(3, 12, 17);
  longer.resize(5U * 17U);
  EXPECT_EQ(longer, row_order(3, 5, 17));
}

TEST(RowOrder, PutsEveryRowFirstEquallyOften) {
  const auto order = row_order(4, 2000, 5);
  std::vector<int> first(5);
  for (std::size_t epoch = 0; epoch < 2000; ++epoch)
    ++first[static_cast<std::size_t>(order[epoch * 5])];
  // Five standard deviations, sqrt(2000 0.2 0.8) = 17.9.
  for (const int count : first) EXPECT_NEAR(count, 400, 5 * 17.9);
}

// Expected: rows in the order of (random bits, row) in Python.
TEST(RowOrder, IsWhatItAlwaysWas) {
  EXPECT_EQ(row_order(0, 3, 7), (std::vector<std::int32_t>{2, 5, 0, 1, 4, 6, 3,  //
                                                           1, 0, 3, 6, 5, 2, 4,  //
                                                           4, 1, 2, 6, 5, 0, 3}));
  EXPECT_EQ(row_order(1, 3, 7), (std::vector<std::int32_t>{4, 3, 6, 1, 5, 2, 0,  //
                                                           1, 6, 4, 0, 5, 3, 2,  //
                                                           5, 1, 3, 2, 0, 4, 6}));
}

}  // namespace
}  // namespace lrscape
