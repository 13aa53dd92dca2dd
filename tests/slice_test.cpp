#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "infinity.hpp"
#include "loss_maps.hpp"
#include "lrscape/error.hpp"

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

TEST(Slice, SaysWhyItHasNoPoints) {
  const LossMap map({1, 2}, {0, 0.5, 2}, {0}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(why_no_points(map, Strategy::weight_decay, 3),
            "3 is outside the weight decays of the map, 0 to 2");
  EXPECT_EQ(why_no_points(map, Strategy::weight_decay, -1),
            "-1 is outside the weight decays of the map, 0 to 2");
  EXPECT_EQ(why_no_points(map, Strategy::weight_decay, 0.1),
            "0.1 lies between 0 and 0.5, and a slice cannot interpolate from 0");
  EXPECT_EQ(why_no_points(map, Strategy::product, 9),
            "9 gives no learning rate a weight decay on the map");
  for (const double within : {0.0, 1.0, -0.1, std::nan("")})
    EXPECT_THROW(slice(map, Strategy::weight_decay, 2, within), InputError);
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
  EXPECT_NEAR(found.ranges.front().low, std::pow(10.0, 0.5), 1e-12);
  EXPECT_NEAR(found.ranges.back().high, std::pow(10.0, 2.25), 1e-10);
  EXPECT_FALSE(found.opens_low || found.opens_high);
}

TEST(Slice, AddsUpTheWidthsOfItsParts) {
  const Slice found = slice_of({1.04, 1, 1.04, 1.04, 1.01, infinity});
  ASSERT_TRUE(found.decades);
  // Half a decade on both sides of 10, then two thirds of the one from 1.04 to ... 1.01, to which
  // 1.02 is a third away, and nothing beyond, where the run diverged.
  EXPECT_NEAR(found.decades->value, 0.5 + 0.5 + 1.0 / 3, 1e-12);
  ASSERT_EQ(found.ranges.size(), 2U);
  EXPECT_NEAR(found.ranges[0].low, std::pow(10.0, 0.5), 1e-12);
  EXPECT_NEAR(found.ranges[0].high, std::pow(10.0, 1.5), 1e-12);
  EXPECT_NEAR(found.ranges[1].low, std::pow(10.0, 4 - 1.0 / 3), 1e-8);
  EXPECT_EQ(found.ranges[1].high, 1e4);
}

// The level is 1.02 in all: 1.02 at the third point would be within it, but has not run.
TEST(Slice, DoesNotCrossPointsThatHaveNotRun) {
  const Slice found = slice_of({1.04, 1, not_run, 1, 1.04});
  ASSERT_TRUE(found.decades);
  EXPECT_NEAR(found.decades->value, 0.5 + 0.5, 1e-12);
  EXPECT_TRUE(found.opens_low && found.opens_high);
}

TEST(Slice, OfASinglePointHasNoWidth) {
  EXPECT_FALSE(slice_of({1}).decades);
  EXPECT_EQ(slice_of({1}).best, 0U);
}

// Means 2, 1.5 and 9, so the second point is the lowest, at 1.5. Without seed 0 the means of the
// others are 1.9, 2.05 and 9: the first is best, and seed 0 tells 2.2 there. Without seed 1 the
// best is the second, where seed 1 tells 2.2; without seed 2 it is the second, with 1.9. The mean
// is 2.1, and 1.5 times 1.4 + ... crosses at 2.1 (1 + within).
TEST(Slice, EstimatesItsBestLossBySeedsThatDidNotChooseIt) {
  const LossMap map({1, 10, 100}, {1}, {0, 1, 2}, {2.2, 1.9, 1.9, 0.4, 2.2, 1.9, 9, 9, 9});
  const Slice found = slice(map, Strategy::weight_decay, 1, 0.5);
  ASSERT_TRUE(found.decades);
  // Within 3.15: the first two points, and from 1.5 towards 9 a part of (3.15 - 1.5) / 7.5.
  EXPECT_NEAR(found.decades->value, 1 + 1.65 / 7.5, 1e-12);
}

// The best point has the loss 1 for each seed, so the limit is 1.02. The point before it exceeds
// the limit by 0.08, 0.1 and 0.12: by 0.1 on average, with a standard error of 0.02 / sqrt(3).
// Where a line from -0.02 at the best point reaches 0 on its way to 0.1, or to an end of the
// interval, the width ends.
TEST(Slice, HasAnIntervalFromThePointsThatAreWithinToThoseThatMayBe) {
  const LossMap map({1, 10, 100}, {1}, {0, 1, 2},
                    {1.1, 1.12, 1.14, 1, 1, 1, infinity, infinity, infinity});
  const Slice found = slice(map, Strategy::weight_decay, 1);
  ASSERT_TRUE(found.decades);
  const double reach = students_t * 0.02 / std::sqrt(3.0);
  EXPECT_NEAR(found.decades->value, 0.02 / 0.12, 1e-12);
  EXPECT_NEAR(found.decades->low, 0.02 / (0.12 + reach), 1e-12);
  EXPECT_NEAR(found.decades->high, 0.02 / (0.12 - reach), 1e-12);
}

// The second point is clearly within, but of seeds that the best point lacks.
TEST(Slice, DoesNotKnowAPointThatSharesNoSeedsWithTheBest) {
  const LossMap map({1, 10}, {1}, {0, 1, 2, 3, 4, 5},
                    {1, 1, 1, not_run, not_run, not_run,  //
                     not_run, not_run, not_run, 1.001, 1.001, 1.001});
  const Slice found = slice(map, Strategy::weight_decay, 1);
  ASSERT_TRUE(found.decades);
  EXPECT_NEAR(found.decades->value, 1, 1e-12);
  EXPECT_NEAR(found.decades->low, 0, 1e-12);
  EXPECT_NEAR(found.decades->high, 1, 1e-12);
}

TEST(Slice, HasNoIntervalWiderThanTheMap) {
  const LossMap map({1, 10, 100}, {1}, {0, 1, 2}, {1, 9, 2, 2, 1, 9, 9, 2, 1});
  const Slice found = slice(map, Strategy::weight_decay, 1);
  ASSERT_TRUE(found.decades);
  EXPECT_GE(found.decades->low, 0);
  EXPECT_NEAR(found.decades->high, 2, 1e-12);
}

/// The share of 200 draws of five seeds whose interval covers the width of a curve of losses over
/// log10 of the learning rate. Each loss has noise as large as on the default problem.
double coverage_of_width(double (*curve)(double), double noise_of_run, double noise_of_seed) {
  std::uint64_t state = 7;
  Values rates, clean;
  for (int i = 0; i < 40; ++i) {
    const double x = 0.1 * i - 2;
    rates.push_back(std::pow(10.0, x));
    clean.push_back(curve(x));
  }
  const double width = slice(map_of(rates, {1}, clean), Strategy::weight_decay, 1).decades->value;
  int covered = 0;
  constexpr int trials = 200;
  for (int trial = 0; trial < trials; ++trial) {
    Values shifts, losses;
    for (int s = 0; s < 5; ++s) shifts.push_back(noise_of_seed * noise(state));
    for (const double loss : clean)
      for (const double shift : shifts)
        losses.push_back(loss + shift + noise_of_run * noise(state));
    const Slice found = slice({rates, {1}, {0, 1, 2, 3, 4}, losses}, Strategy::weight_decay, 1);
    covered += found.decades->low <= width && found.decades->high >= width;
  }
  return static_cast<double>(covered) / trials;
}

// A point counts if it is within the limit with 95 % confidence, so the width, which two ends
// decide, is covered more often.
TEST(Slice, HasAnIntervalThatCoversTheWidthAsOftenAsItSays) {
  const auto plateau = [](double x) {
    return 0.4 * (1 + 0.05 * std::pow(std::max(0.0, std::abs(x) - 0.6), 2));
  };
  const auto parabola = [](double x) { return 0.4 * (1 + 0.08 * x * x); };
  const auto cusp = [](double x) { return 0.4 * (1 + 0.5 * std::abs(x)); };
  const auto valleys = [](double x) { return 0.4 * (1 + 0.18 * std::pow(std::abs(x) - 1, 2)); };
  const std::vector<double (*)(double)> curves = {plateau, parabola, cusp, valleys};
  double sum = 0;
  for (double (*const curve)(double) : curves)
    for (const double noise_of_run : {0.001, 0.0032}) {
      const double coverage = coverage_of_width(curve, noise_of_run, 0.004);
      EXPECT_GE(coverage, 0.9) << curve(0) << " " << noise_of_run;
      sum += coverage / 2;
    }
  EXPECT_LE(sum / static_cast<double>(curves.size()), 0.99);
}

TEST(Slice, SaysWhereItIsOpen) {
  const Slice found = slice_of({1, 1.01, 1.05});
  EXPECT_TRUE(found.opens_low);
  EXPECT_FALSE(found.opens_high);
  EXPECT_FALSE(slice_of({infinity, not_run}).decades);
}

}  // namespace
}  // namespace lrscape::test
