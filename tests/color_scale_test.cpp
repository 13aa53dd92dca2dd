#include "cli/color_scale.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "drawn_heatmap.hpp"

namespace lrscape::cli {
namespace {

using LowAndHigh = std::pair<double, double>;
LowAndHigh scale_of(std::vector<double> losses) {
  const Heatmap map{"", range(losses.size(), 1, 1), {0}, std::move(losses)};
  const ColorScale scale = color_scale({&map, 1});
  return {scale.low, scale.high};
}

TEST(ColorScale, PutsTheMedianAboveTheBestInTheMiddleOfTheLogarithms) {
  // The best loss is 1. The median of the others (2, 4, 1000) is 4, the geometric mean of 1 and 16.
  EXPECT_EQ(scale_of({1000, 1, 4, 2}), LowAndHigh(1, 16));
}

TEST(ColorScale, IsLinearUnlessEveryFiniteLossIsPositive) {
  // The best loss is -1. The median of the others (0, 3, 100) is 3, the mean of -1 and 7.
  EXPECT_EQ(scale_of({100, -1, 3, 0}), LowAndHigh(-1, 7));
  EXPECT_EQ(scale_of({100, 0, 3, 1}), LowAndHigh(0, 6));
  EXPECT_TRUE((ColorScale{1e-300, 1}.logarithmic()));
  EXPECT_FALSE((ColorScale{0, 1}.logarithmic()));
  EXPECT_FALSE((ColorScale{-1, 1}.logarithmic()));
}

TEST(ColorScale, NeverExceedsTheWorstFiniteLoss) {
  EXPECT_EQ(scale_of({1, 10, 10, 20}), LowAndHigh(1, 20));  // not 10 * 10 / 1
  EXPECT_EQ(scale_of({0, 10, 10, 12}), LowAndHigh(0, 12));  // not 10 + 10 - 0
  // Here both expressions overflow to infinity.
  EXPECT_EQ(scale_of({1e-300, 1e200, 1e200, 1e300}), LowAndHigh(1e-300, 1e300));
  EXPECT_EQ(scale_of({-1e308, 1e308, 1e308}), LowAndHigh(-1e308, 1e308));
}

TEST(ColorScale, IsNotMovedByEnormousLosses) {
  for (const double enormous : {1e3, 1e30, 1e300}) {
    EXPECT_EQ(scale_of({1, 2, 4, enormous}), LowAndHigh(1, 16));
    EXPECT_EQ(scale_of({0, 2, 4, enormous}), LowAndHigh(0, 8));
  }
}

TEST(ColorScale, LeavesOutCellsThatDivergedOrHaveNotRun) {
  EXPECT_EQ(scale_of({infinity, 1, not_run, 2, 4, infinity, 1000}), LowAndHigh(1, 16));
  EXPECT_EQ(scale_of({3, infinity, 3}), LowAndHigh(3, 3));
  EXPECT_TRUE(std::isnan(scale_of({infinity, not_run}).first));
  EXPECT_TRUE(std::isnan(scale_of({infinity, not_run}).second));
}

TEST(ColorScale, IsSharedByAllMaps) {
  const std::vector<Heatmap> maps = {{"", {1, 2}, {0}, {1000, 4}}, {"", {1, 2}, {0}, {2, 1}}};
  EXPECT_EQ(color_scale(maps).low, 1);
  EXPECT_EQ(color_scale(maps).high, 16);
}

}  // namespace
}  // namespace lrscape::cli
