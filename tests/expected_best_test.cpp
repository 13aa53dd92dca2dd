#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "infinity.hpp"
#include "loss_maps.hpp"

namespace lrscape::test {
namespace {

// Without seed 0 or 1, the second cell is the best of the others, with a loss of 3 for that seed;
// without seed 2, the first cell is, with 4. Two seeds at a time give the jackknife values in the
// same way: 3.5, 3.5 and 1, with mean 8/3 and a sum of squares of 25/6.
TEST(ExpectedBestLoss, IsThatOfTheCellWhichIsBestForTheOtherSeeds) {
  const LossMap map({1, 10}, {1}, {0, 1, 2}, {1, 1, 4, 3, 3, 1.5});
  ASSERT_EQ(best_cell(map)->loss.value, 2);
  const auto expected = expected_best_loss(map);
  ASSERT_TRUE(expected);
  EXPECT_NEAR(expected->value, 10.0 / 3, 1e-15);
  const double reach = students_t * std::sqrt(2.0 / 3 * 25 / 6);
  EXPECT_EQ(expected->low, 0);  // No loss is negative.
  EXPECT_NEAR(expected->high, 10.0 / 3 + reach, 1e-12);
}

TEST(ExpectedBestLoss, HasStudentsIntervalForASingleCell) {
  const auto expected = expected_best_loss(LossMap({1}, {1}, {0, 1, 2}, {11, 12, 13}));
  ASSERT_TRUE(expected);
  EXPECT_EQ(expected->value, 12);
  EXPECT_NEAR(expected->low, 12 - students_t / std::sqrt(3.0), 1e-12);
  EXPECT_NEAR(expected->high, 12 + students_t / std::sqrt(3.0), 1e-12);
}

TEST(ExpectedBestLoss, HasAnIntervalWithoutNegativeLossesIfThereAreNone) {
  EXPECT_EQ(expected_best_loss(LossMap({1}, {1}, {0, 1, 2}, {1, 2, 30}))->low, 0);
  EXPECT_LT(expected_best_loss(LossMap({1}, {1}, {0, 1, 2}, {-1, 2, 30}))->low, -1);
}

TEST(ExpectedBestLoss, HasTheIntervalOfTheCompleteSeeds) {
  const LossMap map({1}, {1}, {0, 1, 2, 3, 4}, {1, 2, 3, not_run, not_run});
  EXPECT_NEAR(expected_best_loss(map)->high, 2 + students_t / std::sqrt(3.0), 1e-12);
  EXPECT_TRUE(std::isnan(expected_best_loss(map.of_seeds({0, 1, 3, 4}))->low));
}

TEST(ExpectedBestLoss, IsNotBelowTheBestMean) {
  // Each seed is at its lowest where the others are.
  const auto expected = expected_best_loss(LossMap({1, 10}, {1}, {0, 1}, {1, 1, 2, 2}));
  EXPECT_EQ(expected->value, 1);
  EXPECT_TRUE(std::isnan(expected->low));  // Two seeds are too few.
  // Another cell is best for seed 0 alone, and far below for seed 1.
  const auto lucky = expected_best_loss(LossMap({1, 10}, {1}, {0, 1}, {2, 2, 1.5, 3}));
  EXPECT_EQ(lucky->value, 2.5);
}

TEST(ExpectedBestLoss, CopesWithDivergedRunsAndRunsThatHaveNotRun) {
  EXPECT_FALSE(expected_best_loss(map_of({1, 2}, {1}, {infinity, not_run})));
  EXPECT_EQ(expected_best_loss(map_of({1, 2}, {1}, {infinity, 7}))->value, 7);
  // The second cell has the lower losses, but one of its runs diverged: for that seed it is the
  // best of the others, which tells nothing about finite losses.
  const LossMap map({1, 2}, {1}, {0, 1, 2}, {5, 6, 7, 1, 1, infinity});
  EXPECT_EQ(expected_best_loss(map)->value, 6);
  // The last seed has run in the first cell alone, which is not the best for the others.
  const LossMap partial({1, 2}, {1}, {0, 1, 2}, {5, 5, 5, 1, 2, not_run});
  EXPECT_EQ(expected_best_loss(partial)->value, 1.5);
}

// A loss of 1e30 for one seed must not hide the digits of the others.
TEST(ExpectedBestLoss, KeepsTheDigitsBesideAnEnormousLoss) {
  const LossMap map({1, 2}, {1}, {0, 1, 2}, {0.5, 0.25, 1e30, 0.75, 0.75, 0.75});
  EXPECT_EQ(expected_best_loss(map)->value, (0.75 + 0.75 + 1e30) / 3);
}

/// 400 cells around a flat minimum, five seeds: the best mean is too low. The loss that new seeds
/// would have at the chosen cell is known exactly.
TEST(ExpectedBestLoss, HasAnIntervalThatCoversTheTruthAsOftenAsItSays) {
  std::uint64_t state = 7;
  constexpr std::size_t side = 20, seeds = 5;
  const auto truth = [](std::size_t i, std::size_t j) {
    const double x = (static_cast<double>(i) - 9.3) / 10, y = (static_cast<double>(j) - 10.6) / 10;
    return 0.4 + 0.004 * (x * x + y * y);
  };
  Values axis;
  for (std::size_t k = 0; k < side; ++k) axis.push_back(std::pow(1.5, static_cast<double>(k)));
  constexpr int trials = 200;
  int covered = 0, covered_by_best_mean = 0;
  for (int trial = 0; trial < trials; ++trial) {
    // Seeds shift all cells together, and each cell has noise of its own.
    Values shifts, losses;
    for (std::size_t s = 0; s < seeds; ++s) shifts.push_back(0.002 * noise(state));
    for (std::size_t cell = 0; cell < side * side; ++cell)
      for (const double shift : shifts)
        losses.push_back(truth(cell / side, cell % side) + shift + 0.002 * noise(state));
    const LossMap map(axis, axis, {0, 1, 2, 3, 4}, losses);
    const auto best = best_cell(map);
    const double loss = truth(best->learning_rate, best->weight_decay);
    const auto expected = expected_best_loss(map);
    ASSERT_TRUE(expected);
    covered += expected->low <= loss && loss <= expected->high;
    covered_by_best_mean += std::abs(best->loss.value - loss) <= 2.776 * best->loss.standard_error;
  }
  EXPECT_GE(covered, 180);
  EXPECT_LE(covered, 198);
  EXPECT_LT(covered_by_best_mean, 180) << "this map is too easy";
}

}  // namespace
}  // namespace lrscape::test
