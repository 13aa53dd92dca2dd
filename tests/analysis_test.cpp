#include "lrscape/analysis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "infinity.hpp"
#include "loss_maps.hpp"
#include "lrscape/error.hpp"

namespace lrscape::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

// 1, 2 and 4 above a large number: squares of the deviations (16 + 1 + 25) / 9 = 14 / 3, error
// sqrt(14 / 3 / 2 / 3). The mean is rounded to 1e-7.
TEST(LossMap, HasTheStandardErrorOfLossesThatDifferLittle) {
  const LossMap map({1}, {1}, {0, 1, 2}, {1e9 + 1, 1e9 + 2, 1e9 + 4});
  EXPECT_NEAR(map.mean(0, 0).standard_error, std::sqrt(7.0 / 9), 1e-6);
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
  // Values in any order, each of which would count twice.
  EXPECT_THROW(LossMap({2, 1, 2}, {1}, {0}, {1, 2, 3}), InputError);
  EXPECT_THROW(LossMap({1}, {3, 3}, {0}, {1, 2}), InputError);
  EXPECT_THROW(LossMap({1}, {1}, {5, 4, 5}, {1, 2, 3}), InputError);
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

TEST(AsGoodAsBest, IsNoCellThatDivergedWithAnySeed) {
  // The best cell has not run seed 2, with which the other diverged.
  const LossMap map({1, 2}, {0.5}, {0, 1, 2}, {1, 2, not_run, 1, 2, infinity});
  EXPECT_EQ(as_good_as_best(map)->cells, 1U);
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
  // A cell away from the side is just as low.
  EXPECT_THAT(edges({9, 1, 9, 9, 1, 9, 9, 9, 9}), IsEmpty());
  EXPECT_THAT(edges({1, 1, 9, 9, 9, 9, 9, 9, 9}), ElementsAre(Edge::lowest_rate));
  EXPECT_THAT(edges({1, 1, 1, 1, 1, 1, 1, 1, 1}), IsEmpty());
}

}  // namespace
}  // namespace lrscape::test
