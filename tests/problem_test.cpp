#include "lrscape/problem.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "lrscape/error.hpp"
#include "problems.hpp"

namespace lrscape::test {
namespace {

// check(Problem)

Problem small_problem() { return {matrix(2, 2, {1, 2, 3, 4}), {5, 6}, matrix(1, 2, {7, 8}), {9}}; }

TEST(CheckProblem, AcceptsWhatFitsTogether) { EXPECT_NO_THROW(check(small_problem())); }

TEST(CheckProblem, RefusesWhatDoesNot) {
  const auto refused = [](auto change, const auto&... parts) {
    Problem problem = small_problem();
    change(problem);
    expect_input_error([&] { check(problem); }, parts...);
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

/// Row i has features (i, 10 i) and target 100 + i, so that its entries identify it.
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
  EXPECT_EQ(held(10, 0.25), 3U);  // halves round away from zero
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

// Expected values: rows sorted by (random bits, row) in Python. The first ones are held out.
TEST(HoldOut, DrawsTheRowsItAlwaysDrew) {
  const auto problem = split_numbered(6, 0.5, 3);
  EXPECT_EQ(column(problem.validation_features, 0), (Values{4, 2, 0}));
  EXPECT_EQ(column(problem.features, 0), (Values{3, 5, 1}));
}

TEST(HoldOut, RefusesToLeaveASideEmpty) {
  expect_input_error([] { split_numbered(10, 0.04, 0); }, "0.04 of 10 rows", "10 for training",
                     "0 for validation", "at least 1");
  expect_input_error([] { split_numbered(10, 0.96, 0); }, "0 for training", "10 for validation");
  expect_input_error([] { split_numbered(1, 0.5, 0); }, "of 1 rows");
  for (const double fraction : {0.0, 1.0, -0.5, 1.5, infinity, not_a_number})
    EXPECT_THROW(split_numbered(10, fraction, 0), InputError) << fraction;
}

TEST(HoldOut, RefusesDataThatDoNotFit) {
  expect_input_error(
      [] {
        hold_out(Matrix(3, 1), {1, 2}, 0.5, 0);
      },
      "3 rows", "2 training targets");
  expect_input_error([] { hold_out(Matrix(0, 1), {}, 0.5, 0); }, "empty");
  expect_input_error([] { hold_out(matrix(2, 1, {1, infinity}), {1, 2}, 0.5, 0); }, "not finite");
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
  // The mean of 500 entries near 1000 is off by at most 500 * 1000 * 2^-53 = 6e-11. Division by the
  // deviation, which is above 0.1, makes that 6e-10 at most. Its square is invisible in the
  // variance.
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

// Rounding errors in the mean of a constant column must not count as a deviation. Otherwise every
// entry of the column would become the same +1 or -1.
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

TEST(Standardize, TakesAColumnThatVariesOnlyByRoundingForConstant) {
  Problem problem = {
      matrix(3, 2, {0.1 + 0.2, 1, 0.3, 2, 0.3, 3}), {1, 2, 3}, matrix(1, 2, {0.5, 2}), {4}};
  ASSERT_NE(problem.features(0, 0), problem.features(1, 0));
  EXPECT_EQ(standardize(problem), std::vector<std::size_t>{0});
  EXPECT_EQ(column(problem.features, 0), Values(3));
  EXPECT_EQ(problem.validation_features(0, 0), 0);
  EXPECT_NE(problem.features(0, 1), 0);
}

TEST(Standardize, TakesEveryColumnOfASingleRowForConstant) {
  Problem problem = {matrix(1, 2, {3, -5}), {7}, matrix(1, 2, {4, 4}), {8}};
  EXPECT_EQ(standardize(problem), (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(problem.features.values, Values(2));
  EXPECT_EQ(problem.validation_features.values, Values(2));
}

TEST(Standardize, KeepsAColumnThatHardlyVaries) {
  Problem problem = {matrix(2, 1, {1e6, 1e6 + 1e-6}), {0, 0}, matrix(1, 1, {1e6}), {0}};
  standardize(problem);
  // The two values differ by an exact multiple of 2^-33. Their mean is off by at most one rounding,
  // 2^-34, and the deviation is 5e-7.
  EXPECT_NEAR(problem.features(0, 0), -1, 0x1p-34 / 5e-7);
  EXPECT_NEAR(problem.features(1, 0), 1, 0x1p-34 / 5e-7);
}

// append_intercept

TEST(AppendIntercept, AddsAColumnOfOnesToBothParts) {
  Problem problem = small_problem();
  append_intercept(problem);
  EXPECT_EQ(problem.features.columns, 3U);
  EXPECT_EQ(problem.features.values, (Values{1, 2, 1, 3, 4, 1}));
  EXPECT_EQ(problem.validation_features.values, (Values{7, 8, 1}));
  EXPECT_NO_THROW(check(problem));
}

}  // namespace
}  // namespace lrscape::test
