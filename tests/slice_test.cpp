#include <gtest/gtest.h>

#include <cmath>

#include "infinity.hpp"
#include "loss_maps.hpp"

namespace lrscape::test {
namespace {

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

}  // namespace
}  // namespace lrscape::test
