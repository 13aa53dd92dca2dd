#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "infinity.hpp"
#include "loss_maps.hpp"

namespace lrscape::test {
namespace {

using testing::IsEmpty;

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

TEST(Compare, LooksOnlyAtTheSeedsThatBothHaveRun) {
  // Seed 1 diverged in the first, but has not run in the second, which diverged with seed 0.
  const LossMap first({1, 2}, {5}, {0, 1}, {1, infinity, 1, 1});
  const LossMap second({1, 2}, {5}, {0, 1}, {infinity, not_run, 2, not_run});
  const Comparison found = compare(first, second);
  EXPECT_EQ(found.seeds, 1U);
  EXPECT_EQ(found.diverged_in_both, 0U);
  EXPECT_EQ(found.cells.at(0).better, Better::first);
}

TEST(Compare, FindsNeitherOfTwoEqualMapsBetter) {
  const LossMap map({1, 2}, {5}, {0, 1}, {1, 2, 3, 4});
  const Comparison found = compare(map, map);
  EXPECT_EQ(found.cells.size(), 2U);
  EXPECT_EQ(found.first_better, 0U);
  EXPECT_EQ(found.second_better, 0U);
}

TEST(Compare, HasNoCellsWithoutCommonRuns) {
  const LossMap map({1}, {5}, {0}, {1});
  EXPECT_THAT(compare(map, LossMap({1}, {5}, {1}, {1})).cells, IsEmpty());
  EXPECT_THAT(compare(map, LossMap({1}, {6}, {0}, {1})).cells, IsEmpty());
  EXPECT_THAT(compare(map, LossMap({1}, {5}, {0}, {not_run})).cells, IsEmpty());
}

}  // namespace
}  // namespace lrscape::test
