#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>

#include "infinity.hpp"
#include "loss_maps.hpp"

namespace lrscape::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Learning rates 1, 10, 100, ..., 41 weight decays from 1e-4 to 1, and losses 1 + (x - valley)^2
/// in x = log10 of the weight decay, so that a parabola is exact. `valley(i, s)` has a value for
/// each learning rate and seed.
LossMap valley_map(std::size_t rates, std::size_t seeds,
                   const std::function<double(std::size_t i, std::size_t s)>& valley) {
  constexpr std::size_t decays = 41;
  Values learning_rates, weight_decays, losses;
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < rates; ++i)
    learning_rates.push_back(std::pow(10.0, static_cast<double>(i)));
  for (std::size_t j = 0; j < decays; ++j)
    weight_decays.push_back(std::pow(10.0, 0.1 * static_cast<double>(j) - 4));
  for (std::size_t s = 0; s < seeds; ++s) numbers.push_back(static_cast<std::int64_t>(s));
  for (std::size_t i = 0; i < rates; ++i)
    for (std::size_t j = 0; j < decays; ++j)
      for (std::size_t s = 0; s < seeds; ++s) {
        const double from = 0.1 * static_cast<double>(j) - 4 - valley(i, s);
        losses.push_back(1 + from * from);
      }
  return {learning_rates, weight_decays, numbers, losses};
}

TEST(Ridge, RunsThroughTheMinimaOfTheValleysBetweenTheCells) {
  const auto valley = [](std::size_t i) { return -1.234 - 0.3 * static_cast<double>(i); };
  const auto points =
      ridge(valley_map(4, 1, [&](std::size_t i, std::size_t) { return valley(i); }));
  ASSERT_EQ(points.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(points[i].learning_rate, std::pow(10.0, static_cast<double>(i)));
    EXPECT_NEAR(std::log10(points[i].weight_decay), valley(i), 1e-12);
  }
}

TEST(Ridge, LeavesOutValleysThatTouchTheEdge) {
  // Losses within 2 % of the best lie within sqrt(0.02) = 0.141 decades of it.
  const Values valleys = {-3.84, -3.86, -3.9, -0.16, -0.14, -2};
  const auto points =
      ridge(valley_map(6, 1, [&](std::size_t i, std::size_t) { return valleys[i]; }));
  Values rates;
  for (const RidgePoint& point : points) rates.push_back(point.learning_rate);
  EXPECT_THAT(rates, ElementsAre(1, 1000, 1e5));
}

TEST(Ridge, LeavesOutRowsWithoutAFiniteLossOrWithAnUnknownSide) {
  const Values decays = {1, 2, 4, 8, 16};
  EXPECT_THAT(ridge(map_of({1}, decays, Values(5, infinity))), IsEmpty());
  EXPECT_THAT(ridge(map_of({1}, decays, {9, not_run, 1, 9, 9})), IsEmpty());
  // A side that diverged is known. The ridge stays at the cell.
  const auto points = ridge(map_of({1}, decays, {9, 9, 1, infinity, 9}));
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].weight_decay, 4);
}

TEST(Ridge, StaysAtTheCellBesideTheWeightDecayZero) {
  const auto points = ridge(map_of({1}, {0, 1, 2}, {9, 1, 5}));
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].weight_decay, 1);
}

TEST(RidgeSlope, IsThatOfAStraightValley) {
  for (const double slope : {-1.0, 0.0, 0.25}) {
    const auto found = ridge_slope(valley_map(4, 1, [&](std::size_t i, std::size_t) {
      return -1.6 + (slope < 0 ? 0.8 : 0) + slope * static_cast<double>(i) * 0.7;
    }));
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->slope.value, 0.7 * slope, 1e-12);
    EXPECT_EQ(found->points, 4U);
    EXPECT_EQ(found->lowest_rate, 1);
    EXPECT_EQ(found->highest_rate, 1000);
    EXPECT_TRUE(std::isnan(found->slope.low));  // A single seed.
  }
}

// The slopes between the points 0, 0.1, 0.2, 2.1 are 0.1 three times, 0.7, 1 and 1.9.
TEST(RidgeSlope, IsTheMedianOverPairs) {
  const Values valleys = {-3, -2.9, -2.8, -0.9};
  const auto slope =
      ridge_slope(valley_map(4, 1, [&](std::size_t i, std::size_t) { return valleys[i]; }));
  ASSERT_TRUE(slope);
  EXPECT_NEAR(slope->slope.value, (0.1 + 0.7) / 2, 1e-12);
}

TEST(RidgeSlope, NeedsThreePoints) {
  const auto flat = [](std::size_t, std::size_t) { return -2.0; };
  EXPECT_FALSE(ridge_slope(valley_map(2, 1, flat)));
  EXPECT_TRUE(ridge_slope(valley_map(3, 1, flat)));
}

// The mean of parabolas of equal width is one with the mean minimum, so the slope is the mean of
// the slopes of the seeds, and its jackknife interval is that of this mean: for 1, 2, 3, 4 and 10
// the mean is 4 and its error sqrt(50 / 4 / 5); Student's t with 4 degrees of freedom is 2.776445.
TEST(RidgeSlope, HasTheIntervalOfAMeanOverSeeds) {
  const Values slopes = {0.01, 0.02, 0.03, 0.04, 0.1};
  const auto slope = ridge_slope(valley_map(
      5, 5, [&](std::size_t i, std::size_t s) { return -2 + slopes[s] * static_cast<double>(i); }));
  ASSERT_TRUE(slope);
  const double reach = 2.7764451051977987 * std::sqrt(50.0 / 4 / 5) / 100;
  EXPECT_NEAR(slope->slope.value, 0.04, 1e-12);
  EXPECT_NEAR(slope->slope.low, 0.04 - reach, 1e-10);
  EXPECT_NEAR(slope->slope.high, 0.04 + reach, 1e-10);
}

// Seeds that have not run are no seeds, and one that has run in a part of the cells has no say in
// the interval.
TEST(RidgeSlope, HasTheIntervalOfTheCompleteSeeds) {
  const Values slopes = {0.01, 0.02, 0.06, 0.03, 0.05};
  const LossMap map = valley_map(
      5, 5, [&](std::size_t i, std::size_t s) { return -2 + slopes[s] * static_cast<double>(i); });
  Values losses = map.losses();
  for (std::size_t k = 0; k < losses.size(); ++k)
    if (k % 5 == 4 || (k % 5 == 3 && k > 10)) losses[k] = not_run;
  const LossMap unfinished(map.learning_rates(), map.weight_decays(), map.seeds(), losses);
  const auto found = ridge_slope(unfinished), complete = ridge_slope(map.of_seeds({0, 1, 2}));
  ASSERT_TRUE(found && complete);
  EXPECT_NEAR(found->slope.high - found->slope.value, complete->slope.high - complete->slope.value,
              1e-12);
  const auto pair = ridge_slope(unfinished.of_seeds({0, 1, 3, 4}));
  ASSERT_TRUE(pair);
  EXPECT_TRUE(std::isnan(pair->slope.low));
}

// Five seeds with noise in every loss. The intervals must cover in 90 to 99 % of 400 trials.
TEST(RidgeSlope, HasAnIntervalThatCoversTheTruthAsOftenAsItSays) {
  std::uint64_t state = 5;
  int covered = 0;
  constexpr int trials = 400;
  for (int trial = 0; trial < trials; ++trial) {
    const LossMap clean = valley_map(
        12, 5, [](std::size_t i, std::size_t) { return -1 - 0.15 * static_cast<double>(i); });
    Values losses;
    for (std::size_t i = 0; i < 12; ++i)
      for (std::size_t j = 0; j < 41; ++j)
        for (std::size_t s = 0; s < 5; ++s)
          losses.push_back(clean.loss(i, j, s) + 0.01 * noise(state));
    const auto slope =
        ridge_slope({clean.learning_rates(), clean.weight_decays(), clean.seeds(), losses});
    ASSERT_TRUE(slope);
    covered += slope->slope.low <= -0.15 && slope->slope.high >= -0.15;
  }
  EXPECT_GE(covered, trials * 9 / 10);
  EXPECT_LE(covered, trials * 99 / 100);
}

}  // namespace
}  // namespace lrscape::test
