#include "lrscape/analysis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "infinity.hpp"
#include "lrscape/error.hpp"

namespace lrscape {
namespace {

using Values = std::vector<double>;
using testing::ElementsAre;
using testing::IsEmpty;

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

TEST(LossMap, HasTheMeanOfEachCell) {
  const auto result = result_of({1, 3, 10, 20, 5, 6, 0.5, 0.25,  //
                                 100, 300, 7, 7, 2, 4, 8, 16});
  const LossMap first = loss_map(result, 0);
  EXPECT_EQ(first.learning_rates(), result.learning_rates);
  EXPECT_EQ(first.weight_decays(), result.weight_decays);
  EXPECT_EQ(first.means(), (Values{2, 15, 5.5, 0.375}));
  EXPECT_EQ(loss_map(result, 1).means(), (Values{200, 7, 3, 12}));
  EXPECT_EQ(first.loss(1, 0, 1), 6);
}

// 1, 2, 3 and 6: mean 3, squares of the deviations 4 + 1 + 0 + 9 = 14, error sqrt(14 / 3 / 4).
TEST(LossMap, HasTheStandardErrorOfEachCell) {
  const LossMap map({1}, {1}, {0, 1, 2, 3}, {1, 2, 3, 6});
  EXPECT_EQ(map.mean(0, 0).value, 3);
  EXPECT_DOUBLE_EQ(map.mean(0, 0).standard_error, std::sqrt(14.0 / 12));
  EXPECT_TRUE(std::isnan(LossMap({1}, {1}, {0}, {5}).mean(0, 0).standard_error));
  EXPECT_TRUE(std::isnan(LossMap({1}, {1}, {0, 1}, {5, infinity}).mean(0, 0).standard_error));
}

TEST(LossMap, TakesTheLastRecordedEpochOrTheOneAskedFor) {
  auto result = result_of({});
  result.epochs = {1, 2, 3};
  for (int run = 0; run < 16; ++run)
    for (const int epoch : {1, 2, 3}) result.validation_loss.push_back(1000 * epoch + run);
  EXPECT_EQ(loss_map(result, 0).means(), (Values{3000.5, 3002.5, 3004.5, 3006.5}));
  EXPECT_EQ(loss_map(result, 1).means(), (Values{3008.5, 3010.5, 3012.5, 3014.5}));
  EXPECT_EQ(loss_map(result, 0, 2).means(), (Values{2000.5, 2002.5, 2004.5, 2006.5}));
  EXPECT_THROW(loss_map(result, 0, 4), InputError);
  EXPECT_THROW(loss_map(result, 0, 0), InputError);
  // A run of fewer epochs has no later losses.
  result.validation_loss[2] = not_run;
  EXPECT_EQ(loss_map(result, 0).loss(0, 0, 0), 2000);
  EXPECT_TRUE(std::isnan(loss_map(result, 0, 3).loss(0, 0, 0)));
  EXPECT_THROW(loss_map(result_of(Values(16, 1)), 0, 1), InputError);
}

TEST(LossMap, IsOfTheSeedsThatHaveRunAndInfiniteWhereOneDiverged) {
  const auto result = result_of({infinity, 1, 1, not_run, infinity, not_run, not_run, infinity,  //
                                 not_run, not_run, infinity, infinity, 1, 2, not_run, 1});
  const LossMap first = loss_map(result, 0), second = loss_map(result, 1);
  EXPECT_EQ(first.means(), (Values{infinity, 1, infinity, infinity}));
  EXPECT_EQ(first.seeds_run(0, 0), 2U);
  EXPECT_EQ(first.seeds_run(0, 1), 1U);
  EXPECT_EQ(second.seeds_run(0, 0), 0U);
  EXPECT_TRUE(std::isnan(second.means()[0]));
  EXPECT_EQ(second.means()[1], infinity);
  EXPECT_EQ(second.means()[2], 1.5);
  EXPECT_EQ(second.means()[3], 1);
}

TEST(LossMap, SortsItsAxes) {
  const LossMap map({3, 1}, {5, 2}, {7, 8}, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(map.learning_rates(), (Values{1, 3}));
  EXPECT_EQ(map.weight_decays(), (Values{2, 5}));
  // Learning rate 1 and weight decay 2 came last.
  EXPECT_EQ(map.loss(0, 0, 0), 7);
  EXPECT_EQ(map.loss(1, 1, 1), 2);
}

TEST(LossMap, HasPartsAndLeavesSeedsOut) {
  const LossMap map({1, 2, 3}, {5, 6}, {7, 8}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  const LossMap part = map.part({2, 3, 6, 100});
  EXPECT_EQ(part.learning_rates(), (Values{2, 3}));
  EXPECT_EQ(part.weight_decays(), Values{6});
  EXPECT_EQ(part.loss(1, 0, 0), 11);
  const LossMap rest = map.without_seed(0);
  EXPECT_EQ(rest.seeds(), std::vector<std::int64_t>{8});
  EXPECT_EQ(rest.means(), (Values{2, 4, 6, 8, 10, 12}));
}

TEST(LossMap, RefusesWhatIsNoMap) {
  EXPECT_THROW(LossMap({1, 2}, {1}, {0}, {1}), InputError);
  EXPECT_THROW(LossMap({infinity}, {1}, {0}, {1}), InputError);
}

/// One seed.
LossMap map_of(const Values& rates, const Values& decays, const Values& losses) {
  return {rates, decays, {0}, losses};
}

void expect_best(const LossMap& map, std::size_t learning_rate, std::size_t weight_decay,
                 double loss) {
  const auto best = best_cell(map);
  ASSERT_TRUE(best);
  EXPECT_EQ(best->learning_rate, learning_rate);
  EXPECT_EQ(best->weight_decay, weight_decay);
  EXPECT_EQ(best->loss.value, loss);
}

TEST(BestCell, IsTheCellOfLeastLoss) {
  expect_best(map_of({1, 2}, {0, 1, 2}, {6, 5, 4, 3, 1, 2}), 1, 1, 1);
  expect_best(map_of({1, 2, 3}, {0, 1}, {9, 0.5, 8, 7, 6, 5}), 0, 1, 0.5);
}

TEST(BestCell, IsTheFirstOfEquals) {
  expect_best(map_of({1, 2}, {0, 1}, {3, 2, 2, 2}), 0, 1, 2);
  expect_best(map_of({1, 2}, {0, 1}, {2, 2, 2, 2}), 0, 0, 2);
}

TEST(BestCell, PassesOverWhatDivergedOrWasNotRun) {
  expect_best(map_of({1, 2}, {0, 1}, {infinity, not_run, not_run, 7}), 1, 1, 7);
  expect_best(map_of({1, 2}, {0, 1}, {not_run, 7, -infinity, 8}), 0, 1, 7);
  EXPECT_FALSE(best_cell(map_of({1, 2}, {0, 1}, {infinity, not_run, not_run, infinity})));
}

// Differences to the best cell: 0.5, 0.1, 0.3 have mean 0.3 and error 0.115; 0.5, -0.2, 0.1 have
// mean 0.133 and error 0.203. Seed by seed, only the second cell is as good, although the standard
// errors of the means, 0.58, exceed both differences.
TEST(AsGoodAsBest, ComparesSeedBySeed) {
  const LossMap map({1, 2, 4}, {0.5}, {0, 1, 2}, {1, 2, 3, 1.5, 2.1, 3.3, 1.5, 1.8, 3.1});
  const auto good = as_good_as_best(map);
  ASSERT_TRUE(good);
  EXPECT_EQ(good->cells, 2U);
  EXPECT_EQ(good->lowest_rate, 1);
  EXPECT_EQ(good->highest_rate, 4);
  EXPECT_EQ(good->lowest_decay, 0.5);
  EXPECT_EQ(good->highest_decay, 0.5);
}

TEST(AsGoodAsBest, UsesTheSeedsThatBothCellsHaveAndNoDivergedCell) {
  const LossMap map({1, 2, 4}, {0.5}, {0, 1, 2}, {1, 2, 3, not_run, 1.9, 3.2, 0.1, infinity, 1});
  const auto good = as_good_as_best(map);
  ASSERT_TRUE(good);  // The second cell has mean 2.55, and differences -0.1 and 0.2.
  EXPECT_EQ(good->cells, 2U);
  EXPECT_EQ(good->highest_rate, 2);
}

TEST(AsGoodAsBest, NeedsTwoSeeds) {
  EXPECT_FALSE(as_good_as_best(map_of({1, 2}, {1}, {1, 1})));
  EXPECT_FALSE(as_good_as_best(map_of({1, 2}, {1}, {infinity, infinity})));
}

TEST(EdgesOfBest, AreTheSidesOnWhichTheBestCellLies) {
  const auto edges = [](const Values& losses, const Values& decays = {1, 2, 3}) {
    return edges_of_best(map_of({1, 2, 3}, decays, losses));
  };
  EXPECT_THAT(edges({9, 9, 9, 9, 1, 9, 9, 9, 9}), IsEmpty());
  EXPECT_THAT(edges({9, 1, 9, 9, 9, 9, 9, 9, 9}), ElementsAre(Edge::lowest_rate));
  EXPECT_THAT(edges({9, 9, 9, 9, 9, 9, 9, 9, 1}),
              ElementsAre(Edge::highest_rate, Edge::highest_decay));
  EXPECT_THAT(edges({9, 9, 9, 1, 9, 9, 9, 9, 9}), ElementsAre(Edge::lowest_decay));
  // Nothing lies below a weight decay of 0, and an axis of one value has no sides.
  EXPECT_THAT(edges({9, 9, 9, 1, 9, 9, 9, 9, 9}, {0, 2, 3}), IsEmpty());
  EXPECT_THAT(edges({9, 1, 9}, {2}), IsEmpty());
}

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

/// Close to a normal number: 12 uniform numbers, shifted. The generator is the same everywhere.
double noise(std::uint64_t& state) {
  double sum = -6;
  for (int k = 0; k < 12; ++k) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    sum += static_cast<double>(state >> 11) / 9007199254740992.0;
  }
  return sum;
}

// Five seeds with noise in every loss. 400 trials of a 95 % interval fail 20 times, with a standard
// deviation of 4.4; the bounds are three of these away, or a little conservative.
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
  EXPECT_GE(covered, trials - 20 - 13);
  EXPECT_LE(covered, trials - 1);
}

TEST(Slice, TakesARowOfTheMap) {
  const LossMap map({1, 10}, {0, 0.1}, {0, 1}, {5, 7, 1, 2, 6, 8, 3, 5});
  const Slice row = slice(map, Strategy::weight_decay, 0.1);
  ASSERT_EQ(row.points.size(), 2U);
  EXPECT_EQ(row.points[1].learning_rate, 10);
  EXPECT_EQ(row.points[1].weight_decay, 0.1);
  EXPECT_EQ(row.points[1].loss.value, 4);
  EXPECT_EQ(row.points[1].loss.standard_error, 1);
  EXPECT_FALSE(row.points[1].interpolated);
  EXPECT_EQ(row.best, 0U);
  EXPECT_EQ(slice(map, Strategy::weight_decay, 0).points[0].loss.value, 6);
}

// Weight decays 1e-3, 1e-2, 1e-1: a product of 1e-3 is at 1e-3 for rate 1, and a third of the way
// from 1e-2 to 1e-1 in the logarithm for rate 10^(-4/3).
TEST(Slice, FollowsAProductAndInterpolatesInTheLogarithm) {
  const double rate = std::pow(10.0, -4.0 / 3);
  const LossMap map({rate, 1, 10}, {1e-3, 1e-2, 1e-1}, {0}, {9, 3, 6, 2, 8, 8, 7, 7, 7});
  const Slice product = slice(map, Strategy::product, 1e-3);
  ASSERT_EQ(product.points.size(), 2U);  // Rate 10 would need a weight decay below the map.
  EXPECT_TRUE(product.points[0].interpolated);
  EXPECT_NEAR(product.points[0].loss.value, 4, 1e-12);
  EXPECT_NEAR(product.points[0].weight_decay, std::pow(10.0, -5.0 / 3), 1e-15);
  EXPECT_FALSE(product.points[1].interpolated);
  EXPECT_EQ(product.points[1].loss.value, 2);
  // Nothing is interpolated between a weight decay of 0 and the next one, or into divergence.
  EXPECT_TRUE(slice(map_of({1}, {0, 1}, {2, 3}), Strategy::weight_decay, 0.5).points.empty());
  EXPECT_EQ(
      slice(map_of({1}, {1, 4}, {2, infinity}), Strategy::weight_decay, 2).points[0].loss.value,
      infinity);
}

/// A slice of learning rates 1, 10, 100, ... with one seed.
Slice slice_of(const Values& losses) {
  Values rates;
  for (std::size_t i = 0; i < losses.size(); ++i)
    rates.push_back(std::pow(10.0, static_cast<double>(i)));
  return slice(map_of(rates, {1}, losses), Strategy::weight_decay, 1);
}

// The level is 1.02. It is crossed in the middle between 1.04 and 1, and a quarter of the way from
// 1.01 to 1.05.
TEST(Slice, HasAWidthWithInterpolatedEnds) {
  const Slice found = slice_of({1.04, 1, 1.01, 1.05});
  ASSERT_TRUE(found.decades);
  EXPECT_NEAR(found.decades->value, 0.5 + 1 + 0.25, 1e-12);
  EXPECT_NEAR(found.low, std::pow(10.0, 0.5), 1e-12);
  EXPECT_NEAR(found.high, std::pow(10.0, 2.25), 1e-10);
  EXPECT_FALSE(found.opens_low || found.opens_high);
}

TEST(Slice, AddsUpTheWidthsOfItsParts) {
  const Slice found = slice_of({1.04, 1, 1.04, 1.04, 1.01, infinity});
  ASSERT_TRUE(found.decades);
  // Half a decade on both sides of 10, then two thirds of the one from 1.04 to ... 1.01, to which
  // 1.02 is a third away, and nothing beyond, where the run diverged.
  EXPECT_NEAR(found.decades->value, 0.5 + 0.5 + 1.0 / 3, 1e-12);
  EXPECT_NEAR(found.high, 1e4, 1e-8);
}

TEST(Slice, SaysWhereItIsOpen) {
  const Slice found = slice_of({1, 1.01, 1.05});
  EXPECT_TRUE(found.opens_low);
  EXPECT_FALSE(found.opens_high);
  EXPECT_FALSE(slice_of({infinity, not_run}).decades);
}

TEST(Compare, TakesTheDifferencesSeedBySeed) {
  // Seeds 1 and 2 are in both; cells (1, 5), (2, 5) are in both.
  const LossMap first({1, 2}, {5}, {0, 1, 2}, {9, 3.0, 4.1, 9, 1, 1});
  const LossMap second({2, 1, 3}, {5}, {1, 2, 3}, {1.5, 0.5, 8, 4, 5, 8, 0, 0, 0});
  const Comparison found = compare(first, second);
  EXPECT_EQ(found.seeds, 2U);
  ASSERT_EQ(found.cells.size(), 2U);
  // -1 and -0.9: mean -0.95, standard error 0.05.
  EXPECT_EQ(found.cells[0].learning_rate, 1);
  EXPECT_NEAR(found.cells[0].difference.value, -0.95, 1e-12);
  EXPECT_NEAR(found.cells[0].difference.standard_error, 0.05, 1e-12);
  EXPECT_EQ(found.cells[0].better, Better::first);
  // -0.5 and 0.5
  EXPECT_EQ(found.cells[1].difference.value, 0);
  EXPECT_EQ(found.cells[1].better, Better::neither);
  EXPECT_EQ(found.first_better, 1U);
  EXPECT_EQ(found.second_better, 0U);
  // The best of the first is (2, 5) with 1 and 1; of the second (3, 5) with 0 and 0.
  ASSERT_TRUE(found.difference_of_best);
  EXPECT_EQ(found.difference_of_best->value, 1);
}

TEST(Compare, CountsDivergenceAsWorse) {
  const LossMap first({1, 2, 3}, {5}, {0, 1}, {infinity, 1, 2, 2, infinity, infinity});
  const LossMap second({1, 2, 3}, {5}, {0, 1}, {1, 1, infinity, 2, infinity, 3});
  const Comparison found = compare(first, second);
  EXPECT_EQ(found.cells.size(), 2U);
  EXPECT_EQ(found.second_better, 1U);
  EXPECT_EQ(found.first_better, 1U);
  EXPECT_EQ(found.diverged_in_both, 1U);
}

TEST(Compare, HasNoCellsWithoutCommonRuns) {
  const LossMap map({1}, {5}, {0}, {1});
  EXPECT_THAT(compare(map, LossMap({1}, {5}, {1}, {1})).cells, IsEmpty());
  EXPECT_THAT(compare(map, LossMap({1}, {6}, {0}, {1})).cells, IsEmpty());
  EXPECT_THAT(compare(map, LossMap({1}, {5}, {0}, {not_run})).cells, IsEmpty());
}

}  // namespace
}  // namespace lrscape
