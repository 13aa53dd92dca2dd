#include "lrscape/analysis.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "infinity.hpp"

namespace lrscape {
namespace {

using Values = std::vector<double>;

constexpr double not_run = std::numeric_limits<double>::quiet_NaN();

/// Losses are row-major over two optimizers, two learning rates, two weight decays and two seeds.
Result result_of(const Values& validation_loss) {
  Result result;
  result.optimizers = {"sgd", "sgdw"};
  result.learning_rates = {0.1, 1};
  result.weight_decays = {0, 0.5};
  result.seeds = {3, 4};
  result.validation_loss = validation_loss;
  return result;
}

TEST(MeanOverSeeds, IsTheMeanOfEachCell) {
  const auto result = result_of({1, 3, 10, 20, 5, 6, 0.5, 0.25,  //
                                 100, 300, 7, 7, 2, 4, 8, 16});
  const auto first = mean_over_seeds(result, 0);
  EXPECT_EQ(first.learning_rates, result.learning_rates);
  EXPECT_EQ(first.weight_decays, result.weight_decays);
  EXPECT_EQ(first.loss, (Values{2, 15, 5.5, 0.375}));
  EXPECT_EQ(mean_over_seeds(result, 1).loss, (Values{200, 7, 3, 12}));
}

TEST(MeanOverSeeds, TakesTheLastRecordedEpoch) {
  auto result = result_of({});
  result.epochs = {1, 2, 3};
  for (int run = 0; run < 16; ++run)
    for (const int epoch : {1, 2, 3}) result.validation_loss.push_back(1000 * epoch + run);
  EXPECT_EQ(mean_over_seeds(result, 0).loss, (Values{3000.5, 3002.5, 3004.5, 3006.5}));
  EXPECT_EQ(mean_over_seeds(result, 1).loss, (Values{3008.5, 3010.5, 3012.5, 3014.5}));
}

TEST(MeanOverSeeds, IsOfTheSeedsThatHaveRunAndInfiniteWhereOneDiverged) {
  const auto result = result_of({infinity, 1, 1, not_run, infinity, not_run, not_run, infinity,  //
                                 not_run, not_run, infinity, infinity, 1, 2, not_run, 1});
  const auto first = mean_over_seeds(result, 0);
  EXPECT_EQ(first.loss, (Values{infinity, 1, infinity, infinity}));
  EXPECT_EQ(first.seeds, (std::vector<std::size_t>{2, 1, 1, 1}));
  const auto second = mean_over_seeds(result, 1);
  EXPECT_TRUE(std::isnan(second.loss[0]));
  EXPECT_EQ(second.loss[1], infinity);
  EXPECT_EQ(second.loss[2], 1.5);
  EXPECT_EQ(second.loss[3], 1);
  EXPECT_EQ(second.seeds, (std::vector<std::size_t>{0, 2, 2, 1}));
}

void expect_best(const LossMap& map, std::size_t learning_rate, std::size_t weight_decay,
                 double loss) {
  const auto best = best_cell(map);
  ASSERT_TRUE(best);
  EXPECT_EQ(best->learning_rate, learning_rate);
  EXPECT_EQ(best->weight_decay, weight_decay);
  EXPECT_EQ(best->loss, loss);
}

TEST(BestCell, IsTheCellOfLeastLoss) {
  expect_best({{1, 2}, {0, 1, 2}, {6, 5, 4, 3, 1, 2}}, 1, 1, 1);
  expect_best({{1, 2, 3}, {0, 1}, {9, 0.5, 8, 7, 6, 5}}, 0, 1, 0.5);
}

TEST(BestCell, IsTheFirstOfEquals) {
  expect_best({{1, 2}, {0, 1}, {3, 2, 2, 2}}, 0, 1, 2);
  expect_best({{1, 2}, {0, 1}, {2, 2, 2, 2}}, 0, 0, 2);
}

TEST(BestCell, PassesOverWhatDivergedOrWasNotRun) {
  expect_best({{1, 2}, {0, 1}, {infinity, not_run, not_run, 7}}, 1, 1, 7);
  expect_best({{1, 2}, {0, 1}, {not_run, 7, -infinity, 8}}, 0, 1, 7);
  EXPECT_FALSE(best_cell({{1, 2}, {0, 1}, {infinity, not_run, not_run, infinity}}));
}

/// A map with learning rates 1e-3, 1e-2, ... and `decades` weight decays 1e-4, 1e-3, .... The best
/// weight decay at learning rate i has index valley[i].
LossMap valley_map(const std::vector<int>& valley, int decades) {
  LossMap map;
  for (int j = 0; j < decades; ++j) map.weight_decays.push_back(std::pow(10.0, j - 4));
  for (std::size_t i = 0; i < valley.size(); ++i) {
    map.learning_rates.push_back(std::pow(10.0, static_cast<double>(i) - 3));
    for (int j = 0; j < decades; ++j) map.loss.push_back(1 + std::abs(j - valley[i]));
  }
  return map;
}

void expect_ridge(const std::optional<Ridge>& ridge, double slope, double low, double high,
                  std::size_t points) {
  ASSERT_TRUE(ridge);
  // The logarithms are below 10, each off by up to 2^-50. The slope divides their sums by distances
  // of at least 2.
  EXPECT_NEAR(ridge->slope, slope, 1e-14);
  EXPECT_NEAR(ridge->lowest_learning_rate, low, 1e-14 * low);
  EXPECT_NEAR(ridge->highest_learning_rate, high, 1e-14 * high);
  EXPECT_EQ(ridge->points, points);
}

TEST(FitRidge, FindsTheSlopeOfAStraightValley) {
  expect_ridge(fit_ridge(valley_map({5, 4, 3, 2}, 7)), -1, 1e-3, 1, 4);
  expect_ridge(fit_ridge(valley_map({3, 3, 3, 3}, 7)), 0, 1e-3, 1, 4);
  expect_ridge(fit_ridge(valley_map({1, 3, 5}, 7)), 2, 1e-3, 1e-1, 3);
}

// Least-squares slopes over x = 0, 1, 2: 1/2 for y = 0, 1, 1, and 0 for y = 0, 3, 0. Over
// x = 0, 1, 2, 3: 6/5 for y = 0, 1, 1, 4.
TEST(FitRidge, FitsBentValleysByLeastSquares) {
  expect_ridge(fit_ridge(valley_map({1, 2, 2}, 7)), 0.5, 1e-3, 1e-1, 3);
  expect_ridge(fit_ridge(valley_map({1, 4, 1}, 7)), 0, 1e-3, 1e-1, 3);
  expect_ridge(fit_ridge(valley_map({1, 2, 2, 5}, 7)), 1.2, 1e-3, 1, 4);
}

TEST(FitRidge, KeepsToTheLearningRatesAskedForEndsIncluded) {
  const auto map = valley_map({5, 4, 3, 3, 3}, 7);
  const auto& rates = map.learning_rates;
  expect_ridge(fit_ridge(map, rates[0], rates[2]), -1, 1e-3, 1e-1, 3);
  expect_ridge(fit_ridge(map, rates[2], rates[4]), 0, 1e-1, 10, 3);
  expect_ridge(fit_ridge(map, 2e-3, 5), -0.5, 1e-2, 1, 3);
  EXPECT_FALSE(fit_ridge(map, 2e-3, 0.5));
  EXPECT_FALSE(fit_ridge(map, 20, 30));
  EXPECT_FALSE(fit_ridge(map, 1, 0.1));
}

TEST(FitRidge, WithARangeCountsTheRimToo) {
  expect_ridge(fit_ridge(valley_map({6, 3, 0}, 7), 0, infinity), -3, 1e-3, 1e-1, 3);
}

TEST(FitRidge, LeavesOutTheWeightDecayZero) {
  auto map = valley_map({0, 4, 3, 2}, 7);
  map.weight_decays[0] = 0;
  expect_ridge(fit_ridge(map, 0, infinity), -1, 1e-2, 1, 3);
  EXPECT_FALSE(fit_ridge(valley_map({}, 7), 0, infinity));
}

TEST(FitRidge, LeavesOutLearningRatesAtWhichAllDiverged) {
  auto map = valley_map({5, 1, 3, 2}, 7);
  for (std::size_t j = 0; j < 7; ++j) map.loss[7 + j] = j % 2 == 0 ? infinity : not_run;
  expect_ridge(fit_ridge(map, 0, infinity), -1, 1e-3, 1, 3);
}

TEST(FitRidge, PassesOverWeightDecaysAtWhichItDiverged) {
  auto map = valley_map({5, 4, 3}, 7);
  map.loss[5] = infinity;  // The best cell of the first learning rate; index 4 is next.
  map.loss[6] = infinity;
  expect_ridge(fit_ridge(map), -0.5, 1e-3, 1e-1, 3);
}

TEST(FitRidge, LeavesOutTheRim) {
  // The valley touches the lower and the upper rim, on either side of a stretch of three points.
  expect_ridge(fit_ridge(valley_map({0, 4, 3, 2, 6}, 7)), -1, 1e-2, 1, 3);
  expect_ridge(fit_ridge(valley_map({6, 4, 3, 2, 0}, 7)), -1, 1e-2, 1, 3);
  EXPECT_FALSE(fit_ridge(valley_map({0, 6, 0, 6}, 7)));
  EXPECT_FALSE(fit_ridge(valley_map({0, 1, 0, 1}, 2)));
  EXPECT_FALSE(fit_ridge(valley_map({0, 0, 0, 0}, 1)));
}

TEST(FitRidge, TakesTheLongestStretchInsideTheMap) {
  expect_ridge(fit_ridge(valley_map({1, 2, 0, 5, 4, 3}, 7)), -1, 1, 100, 3);
  expect_ridge(fit_ridge(valley_map({3, 4, 5, 6, 2, 1}, 7)), 1, 1e-3, 1e-1, 3);
  // Of two equally long stretches, the first.
  expect_ridge(fit_ridge(valley_map({1, 2, 3, 6, 3, 2, 1}, 7)), 1, 1e-3, 1e-1, 3);
}

TEST(FitRidge, EndsAStretchWhereAllDiverged) {
  auto map = valley_map({1, 1, 4, 3, 2}, 7);
  for (std::size_t j = 0; j < 7; ++j) map.loss[7 + j] = infinity;
  expect_ridge(fit_ridge(map), -1, 1e-1, 10, 3);
}

TEST(FitRidge, NeedsThreePoints) {
  EXPECT_FALSE(fit_ridge(valley_map({3}, 7)));
  EXPECT_FALSE(fit_ridge(valley_map({0, 3, 0}, 7)));
  EXPECT_FALSE(fit_ridge(valley_map({}, 7)));
  EXPECT_FALSE(fit_ridge(valley_map({3, 4}, 7)));
  EXPECT_FALSE(fit_ridge(valley_map({3, 4}, 7), 0, infinity));
  expect_ridge(fit_ridge(valley_map({3, 4, 5}, 7)), 1, 1e-3, 1e-1, 3);
}

}  // namespace
}  // namespace lrscape
