#include "lrscape/bound/bound_sweep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "backends.hpp"
#include "bound_sums.hpp"
#include "lrscape/bound/closed_forms.hpp"
#include "lrscape/bound/terms.hpp"
#include "lrscape/error.hpp"

namespace lrscape::test {
namespace {

using bound::Sums;

BoundSweep bounds_of(const std::vector<std::string>& schedules, std::vector<std::int64_t> steps) {
  BoundSweep sweep;
  for (const auto& text : schedules) sweep.schedules.push_back(parse_schedule(text));
  sweep.steps = std::move(steps);
  return sweep;
}

// Nine schedules fill one vector of eight and one lane of the next. Lanes must not mix.
TEST(BoundSweep, GivesEveryScheduleItsOwnWalkOnEveryBackend) {
  std::vector<std::string> texts;
  for (const auto* cooldown : {"0", "0.1", "0.25", "0.5", "1"})
    texts.push_back(std::string("wsd:shape=sqrt,cooldown=") + cooldown);
  for (const auto* name : {"linear", "cosine:warmup=3", "sqrt", "exponential:r=1e-100"})
    texts.emplace_back(name);
  auto sweep = bounds_of(texts, {10, 333});
  sweep.horizons = {1, 2, 10};
  sweep.norms = parse_gradient_norms("law:G1=1,A1=-0.1,B=0.5");
  for (const auto& backend : test::every_backend()) {
    const auto table = evaluate(sweep, backend);
    for (std::size_t k = 0; k < texts.size(); ++k)
      for (std::size_t s = 0; s < sweep.steps.size(); ++s)
        for (std::size_t h = 0; h < sweep.horizons.size(); ++h) {
          const auto count = static_cast<std::size_t>(sweep.horizons[h]);
          Values eta = eta_of(texts[k], sweep.steps[s]);
          eta.resize(count);
          const auto expected = sums_of(eta, evaluate(sweep.norms, sweep.horizons[h]));
          EXPECT_EQ(table.at(k, s, h).path, expected.path)
              << texts[k] << " " << test::name_of(backend);
          EXPECT_EQ(table.at(k, s, h).gradients, expected.gradients)
              << texts[k] << " " << test::name_of(backend);
        }
  }
}

TEST(BoundSweep, HasTheSameBitsOfCurvesOnEveryBackend) {
  auto sweep =
      bounds_of({"wsd:warmup=20,shape=sqrt", "cosine", "exponential:r=1e-200"}, {900, 3000});
  sweep.anytime = true;
  for (const auto method : {bound::Method::automatic, bound::Method::direct}) {
    sweep.method = method;
    const auto plain = evaluate(sweep, {"cpu", 1, "plain"});
    for (const auto& backend : test::every_backend()) {
      const auto table = evaluate(sweep, backend);
      for (std::size_t k = 0; k < table.sums.size(); ++k) {
        if (std::isnan(plain.sums[k].path)) continue;
        ASSERT_EQ(table.sums[k].gradients, plain.sums[k].gradients)
            << test::name_of(backend) << ", " << k;
        ASSERT_EQ(table.sums[k].path, plain.sums[k].path) << test::name_of(backend) << ", " << k;
      }
    }
  }
}

// B = sum eta_t^2 / S is 1 for the single step 1, and (5/4) / (3/2) for (1, 1/2).
TEST(BoundSweep, HasTheAverageIterate) {
  auto sweep = bounds_of({"linear"}, {2});
  sweep.formula = BoundSweep::Formula::average_iterate;
  sweep.anytime = true;
  const auto table = evaluate(sweep);
  EXPECT_DOUBLE_EQ(table.at(0, 0, 0).gradients, 1);
  EXPECT_DOUBLE_EQ(table.at(0, 0, 1).path, 1.5);
  EXPECT_DOUBLE_EQ(table.at(0, 0, 1).gradients, 1.25 / 1.5);
}

// With two steps per epoch the steps are (1, 1, r) with r = 1/sqrt(2), so S = 2 + r and
// B = r + 1/r + 1/(1 + r).
TEST(BoundSweep, KnowsHowManyStepsAnEpochHas) {
  auto sweep = bounds_of({"sqrt-epoch"}, {3});
  sweep.steps_per_epoch = 2;
  const auto sums = evaluate(sweep).at(0, 0, 0);
  const double r = 1 / std::sqrt(2.0);
  EXPECT_DOUBLE_EQ(sums.path, 2 + r);
  EXPECT_DOUBLE_EQ(sums.gradients, r + 1 / r + 1 / (1 + r));
}

/// A custom schedule as if it had been read from a file.
ScheduleSpec custom(const Values& eta, const std::string& name) {
  ScheduleSpec choice = {"custom", {0}};
  choice.lists = {eta};
  choice.file = name;
  return choice;
}

// For a single step, Omega* = D G = 1 whatever its size. For (1e200, 1), S = 1e200 and B = 1e400,
// or B = sum eta_t^2 / S = 1e200 for the average iterate. Ordinary schedules in the same sweep keep
// their bits.
TEST(BoundSweep, IsRightInTheCornersOfTheRangeOfADoubleByEveryFormulaAndMethod) {
  BoundSweep sweep = bounds_of({"linear"}, {2});
  const auto usual = evaluate(sweep);
  sweep.schedules.push_back(custom({1e200, 1}, "a"));
  sweep.schedules.push_back(custom({1e-250, 1e-250}, "b"));
  sweep.schedules.push_back(custom({0, 1e300}, "c"));
  sweep.horizons = {1, 2};
  for (const auto& backend : test::every_backend())
    for (const auto method :
         {bound::Method::automatic, bound::Method::direct, bound::Method::multipole}) {
      sweep.method = method;
      const auto table = evaluate(sweep, backend);
      EXPECT_EQ(table.at(0, 0, 1).gradients, usual.at(0, 0, 0).gradients);
      EXPECT_EQ(table.at(0, 0, 1).path, usual.at(0, 0, 0).path);
      EXPECT_DOUBLE_EQ(bound::optimal_gamma(table.at(1, 0, 1), 1), 1e-300);
      EXPECT_DOUBLE_EQ(bound::optimal_omega(table.at(1, 0, 1), 1), 1e100);
      // D^2 / (2 gamma S) = 5e106 and gamma B / 2 = 5e92.
      EXPECT_NEAR(bound::omega(table.at(1, 0, 1), 1, 1e-307), 5e106 + 5e92, 1e92);
      EXPECT_DOUBLE_EQ(bound::optimal_gamma(table.at(2, 0, 0), 1), 1e250);
      EXPECT_DOUBLE_EQ(bound::optimal_omega(table.at(2, 0, 0), 1), 1);
      EXPECT_EQ(bound::optimal_omega(table.at(3, 0, 0), 1), HUGE_VAL);
      EXPECT_DOUBLE_EQ(bound::optimal_gamma(table.at(3, 0, 1), 1), 1e-300);
    }
  sweep.method = bound::Method::automatic;
  sweep.formula = BoundSweep::Formula::average_iterate;
  const auto average = evaluate(sweep);
  EXPECT_DOUBLE_EQ(bound::optimal_omega(average.at(1, 0, 1), 1), 1);
  EXPECT_DOUBLE_EQ(bound::optimal_gamma(average.at(1, 0, 1), 1), 1e-200);
  EXPECT_EQ(bound::optimal_omega(average.at(3, 0, 0), 1), HUGE_VAL);
  sweep = bounds_of({"sqrt"}, {2});
  sweep.formula = BoundSweep::Formula::orabona;
  const double once = bound::optimal_omega(evaluate(sweep).at(0, 0, 0), 1);
  sweep.norms.b = 0x1p900;
  EXPECT_EQ(bound::optimal_omega(evaluate(sweep).at(0, 0, 0), 1), 0x1p900 * once);
  EXPECT_DOUBLE_EQ(bound::shamir_zhang(1, 1e300, 1e-300), 2);
  EXPECT_DOUBLE_EQ(bound::shamir_zhang_gamma(1e-300, 1e-300), 1);
}

// B_1 = 1e-450 and B_3 = 1e250: doubles hold both bounds, but no single scale fits both.
TEST(BoundSweep, SaysWhichBoundNoDoubleHolds) {
  BoundSweep sweep;
  sweep.schedules = {custom({1e-250, 1, 1e-250}, "wild")};
  sweep.steps = {3};
  sweep.norms.values = {1e-100, 1, 1};
  sweep.norms.file = "norms";
  sweep.horizons = {1, 3};
  const auto table = evaluate(sweep);
  EXPECT_DOUBLE_EQ(bound::optimal_omega(table.at(0, 0, 0), 1), 1e-100);
  EXPECT_DOUBLE_EQ(bound::optimal_omega(table.at(0, 0, 1), 1), 1e125);
  sweep.method = bound::Method::multipole;
  EXPECT_THAT([&] { evaluate(sweep); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr(
                  "custom:wild: no single scale fits the bounds at t = 1 and t = 3")));
  EXPECT_THAT([&] { evaluate(sweep); }, testing::Throws<InputError>(testing::Property(
                                            &InputError::remedy, Remedy::single_horizon)));
  EXPECT_THAT(
      [&] {
        bound::optimal_gamma(Sums<double>{1e-300, 1e-300}, 1e10);
      },
      testing::ThrowsMessage<InputError>(testing::HasSubstr("about 1e310")));
}

TEST(BoundSweep, IsExactWhereSumsOverflowAndWhereTheyUnderflow) {
  const auto table_of = [](std::vector<double> steps, double norm, bool anytime) {
    ScheduleSpec schedule = parse_schedule("custom:steps");
    BoundSweep sweep;
    sweep.steps = {static_cast<std::int64_t>(steps.size())};
    schedule.lists = {std::move(steps)};
    sweep.schedules = {schedule};
    sweep.norms.b = norm;
    sweep.anytime = anytime;
    return evaluate(sweep, {"cpu", 1, ""}).sums.back();
  };
  // Scales are powers of two, and the closed forms below take a few rounding errors of 1.1e-16.
  constexpr double tolerance = 1e-15;
  for (const bool anytime : {false, true}) {
    // S = 2e308 and B = 1e308 (1 + 1): gamma* = D / 2e308 and Omega* = D.
    const auto large = table_of({1e308, 1e308}, 1, anytime);
    EXPECT_NEAR(bound::optimal_gamma(large, 1e10) / 5e-299, 1, tolerance) << anytime;
    EXPECT_NEAR(bound::optimal_omega(large, 1e10) / 1e10, 1, tolerance) << anytime;
    // S = 1 and B = 1e-320, which only a subnormal number holds: gamma* = 1e160, Omega* = 1e-160.
    const auto small = table_of({1}, 1e-160, anytime);
    EXPECT_NEAR(bound::optimal_gamma(small, 1) / 1e160, 1, tolerance) << anytime;
    EXPECT_NEAR(bound::optimal_omega(small, 1) / 1e-160, 1, tolerance) << anytime;
  }
}

TEST(BoundSweep, TellsHowFarItIsAndEndsWhenAsked) {
  auto sweep = bounds_of({"linear", "cosine", "sqrt"}, {1200, 1500});
  sweep.horizons = {1, 1000};
  for (const bool anytime : {false, true}) {
    sweep.anytime = anytime;
    if (anytime) sweep.horizons.clear();
    const std::size_t rows = 3 * 2 * horizon_columns(sweep);
    std::vector<std::size_t> seen;
    std::atomic<bool> stop = false;
    Watch watch = {[&](std::size_t done, std::size_t total) {
                     EXPECT_EQ(total, rows);
                     seen.push_back(done);
                   },
                   &stop};
    evaluate(sweep, DeviceOptions{"cpu", 1, ""}, watch);
    ASSERT_GT(seen.size(), 2U);
    EXPECT_EQ(seen.front(), 0U);
    EXPECT_EQ(seen.back(), rows);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    watch.progress = [&](std::size_t done, std::size_t) { stop = done > 0; };
    EXPECT_THROW(evaluate(sweep, DeviceOptions{"cpu", 1, ""}, watch), InterruptedError);
  }
}

TEST(BoundSweep, HasNoBoundBeyondTheEnd) {
  auto sweep = bounds_of({"linear"}, {2, 5});
  sweep.anytime = true;
  const auto table = evaluate(sweep);
  EXPECT_EQ(table.horizons, 5U);
  EXPECT_TRUE(std::isnan(table.at(0, 0, 2).path));
  EXPECT_FALSE(std::isnan(table.at(0, 1, 4).path));
  EXPECT_EQ(horizon_of(sweep, 0, 2), 0);
}

TEST(BoundSweep, RefusesWhatMakesNoSense) {
  const auto expect = [](BoundSweep sweep, const std::string& part) {
    EXPECT_THAT([&] { evaluate(sweep); },
                testing::ThrowsMessage<InputError>(testing::HasSubstr(part)));
  };
  expect(bounds_of({}, {3}), "needs a schedule");
  expect(bounds_of({"linear"}, {}), "needs a schedule");
  expect(bounds_of({"linear"}, {0}), "at least 1");
  expect(bounds_of({"linear:warmup=3"}, {3}), "warmup of 3 steps");
  auto sweep = bounds_of({"linear"}, {3});
  sweep.horizons = {4};
  expect(sweep, "horizon 4");
  sweep = bounds_of({"linear"}, {3});
  sweep.distance = 0;
  expect(sweep, "distance");
  sweep = bounds_of({"linear"}, {3});
  sweep.formula = BoundSweep::Formula::orabona;
  expect(sweep, "this formula requires the schedule sqrt, not linear");
  expect(bounds_of({"linear"}, {std::int64_t{1} << 50}), "of memory");
  expect(bounds_of({"sqrt-epoch"}, {3}), "number of steps in an epoch");
  // 5^-400 and 6^-400 are about 1e-280 and 1e-311.
  expect(bounds_of({"power:p=400"}, {50}), "at step 6");
  expect(bounds_of({"linear", "linear"}, {3}), "given twice");
}

// 2^20 horizons for each of 2^20 numbers of steps.
TEST(BoundSweep, RefusesMoreBoundsThanFitIntoMemory) {
  constexpr std::int64_t many = 1 << 20;
  BoundSweep sweep = bounds_of({"constant"}, {});
  for (std::int64_t k = 0; k < many; ++k) {
    sweep.steps.push_back(many + k);
    sweep.horizons.push_back(k + 1);
  }
  EXPECT_THAT([&] { evaluate(sweep); },
              testing::ThrowsMessage<MemoryError>(testing::HasSubstr("1099511627776 bounds")));
}

TEST(BoundSweep, WalksNoFurtherScheduleOnceItIsStopped) {
  BoundSweep sweep;
  for (int k = 0; k < 400; ++k) {
    sweep.schedules.push_back(parse_schedule("wsd"));
    set_parameter(sweep.schedules.back(), "cooldown", k / 400.0);
  }
  sweep.steps = {50};
  std::atomic<bool> stop = false;
  std::size_t done = 0;
  Watch watch;
  watch.stop = &stop;
  watch.progress = [&](std::size_t bounds, std::size_t /*total*/) {
    done = bounds;
    stop = bounds > 0;
  };
  EXPECT_THROW(evaluate(sweep, {"cpu", 1, "plain"}, watch), InterruptedError);
  EXPECT_EQ(done, 1U);  // The plain code walks one schedule at a time.
}

}  // namespace
}  // namespace lrscape::test
