#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "backends.hpp"
#include "cli/values_from_files.hpp"
#include "lrscape/bound/bound_sweep.hpp"
#include "lrscape/bound/closed_forms.hpp"
#include "lrscape/bound/terms.hpp"
#include "lrscape/error.hpp"

namespace lrscape {
namespace {

using bound::Sums;
using Values = std::vector<double>;

Values eta_of(const std::string& schedule, std::int64_t steps) {
  return evaluate(parse_schedule(schedule), steps, 1);
}

Sums<double> sums_of(const Values& eta, const Values& norms) {
  return bound::settle(bound::walk<double>(
                           static_cast<std::int64_t>(eta.size()),
                           [&](std::int64_t t) { return eta[static_cast<std::size_t>(t - 1)]; },
                           [&](std::int64_t t) { return norms[static_cast<std::size_t>(t - 1)]; }),
                       eta.back());
}

Sums<double> sums_of(const Values& eta) { return sums_of(eta, Values(eta.size(), 1.0)); }

/// Positive steps without a pattern.
Values random_steps(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::lognormal_distribution<double> steps(0, 1.5);
  Values eta(count);
  for (double& step : eta) step = steps(generator);
  return eta;
}

// eta = (1, 1/2), G = (1, 1): S = 3/2, B = (1/2) 1 + 1 / (1/2) = 5/2.
TEST(Bound, OfTwoStepsIsWorkedByHand) {
  const auto sums = sums_of({1, 0.5});
  EXPECT_DOUBLE_EQ(sums.path, 1.5);
  EXPECT_DOUBLE_EQ(sums.gradients, 2.5);
  EXPECT_DOUBLE_EQ(bound::optimal_gamma(sums, 1), 1 / std::sqrt(3.75));
  EXPECT_DOUBLE_EQ(bound::optimal_omega(sums, 1), std::sqrt(2.5 / 1.5));
  EXPECT_DOUBLE_EQ(bound::omega(sums, 2, 0.25), 4 / (2 * 0.25 * 1.5) + 0.125 * 2.5);
}

// eta = (2, 3, 1), G = (1, 2, 3), D = 5, gamma = 1/2; tails 6, 4, 1; sums of squares 49, 45, 9.
TEST(Bound, TermsOfThreeStepsAreWorkedByHand) {
  const Values eta = {2, 3, 1};
  const Values norms = {1, 2, 3};
  const auto terms = bound::terms(eta, norms, 3, 5, 0.5);
  EXPECT_DOUBLE_EQ(terms.distance, 25.0 / 6);
  EXPECT_DOUBLE_EQ(terms.average, 0.25 / 6 * 49);
  EXPECT_DOUBLE_EQ(terms.last, 0.25 * (2.0 / 4 / 6 * 49 + 3.0 / 1 / 4 * 45));
  // B = 1 * 9 + 4 / 4 + 36 / 1.
  EXPECT_DOUBLE_EQ(sums_of(eta, norms).gradients, 46);
}

// S = T, B = 1 + sum_{k<T} 1/(T-k) = 1 + H_{T-1}.
TEST(Bound, OfAConstantScheduleIsAHarmonicNumber) {
  for (const std::int64_t steps : {1, 2, 3, 100, 4000}) {
    double harmonic = 0;
    for (std::int64_t k = steps - 1; k >= 1; --k) harmonic += 1 / static_cast<double>(k);
    const auto sums = sums_of(eta_of("constant", steps));
    // The harmonic number beside it is summed from the small end, a few units in the last place.
    EXPECT_NEAR(bound::optimal_gamma(sums, 1),
                1 / std::sqrt(static_cast<double>(steps) * (1 + harmonic)),
                1e-14 * bound::optimal_gamma(sums, 1));
  }
}

TEST(Bound, LiteralFormEqualsItsSummationByParts) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Values eta = random_steps(200, seed);
    const Values norms = random_steps(200, seed + 10);
    const auto terms = bound::terms(eta, norms, 200, 3, 0.1);
    const double literal = terms.distance + terms.average + terms.last;
    // Both are sums of 200 positive terms, each a few roundings from exact.
    EXPECT_NEAR(bound::omega(sums_of(eta, norms), 3, 0.1), literal, 1e-14 * literal);
  }
}

TEST(Bound, IgnoresTheScaleOfTheScheduleAtItsBestGamma) {
  Values eta = random_steps(100, 5);
  const double omega = bound::optimal_omega(sums_of(eta), 1);
  for (double& step : eta) step *= 0x1p-300;  // A power of two: exact.
  EXPECT_DOUBLE_EQ(bound::optimal_omega(sums_of(eta), 1), omega);
}

TEST(Bound, ScalesWithDistanceTimesNorm) {
  const Values eta = random_steps(100, 6);
  const double omega = bound::optimal_omega(sums_of(eta), 1);
  EXPECT_DOUBLE_EQ(bound::optimal_omega(sums_of(eta, Values(100, 4.0)), 8), 32 * omega);
}

// S = (T + 1) / 2, and with j = T + 1 - t, B = 1/T + sum_{j=2}^T 2j / (T (j-1)) = (2T - 1 + 2 H_{T-1}) / T.
TEST(Bound, OfLinearDecayHasAClosedFormThatFallsAsTwoOverTheRootOfItsSteps) {
  for (const std::int64_t steps : {1, 2, 10, 1000, 100000}) {
    double harmonic = 0;
    for (std::int64_t k = steps - 1; k >= 1; --k) harmonic += 1 / static_cast<double>(k);
    const auto t = static_cast<double>(steps);
    const double expected = std::sqrt((2 * t - 1 + 2 * harmonic) / t / ((t + 1) / 2));
    const double omega = bound::optimal_omega(sums_of(eta_of("linear", steps)), 1);
    EXPECT_NEAR(omega, expected, 1e-14 * expected) << steps;
    if (steps < 1000) continue;
    EXPECT_NEAR(omega * std::sqrt(t), 2, 2 * std::log(t) / t);
  }
}

// Omega*^2 = (1 + r^2) / (r + r^2) for r = eta_2 / eta_1 is least at r = 1 + sqrt(2), by hand: the
// theorem's bound wants a larger last step than linear decay has.
TEST(Bound, OfTwoStepsIsLeastWhereTheLastIsLarger) {
  const double r = 1 + std::sqrt(2.0);
  const double least = bound::optimal_omega(sums_of({1, r}), 1);
  EXPECT_DOUBLE_EQ(least, std::sqrt((1 + r * r) / (r + r * r)));
  for (const double other : {0.5, 1.0, 0.99 * r, 1.01 * r, 10.0})
    EXPECT_GT(bound::optimal_omega(sums_of({1, other}), 1), least);
}

// Numerical minimisation (L-BFGS, scipy 1.17) found schedules below linear decay by 42, 38, 16, 3.5
// and 0.9 % at T = 2, 3, 10, 50, 200: at most 1.8/T. No random one may get below that.
TEST(Bound, OfLinearDecayIsTheLeastUpToItsLastStep) {
  for (const std::size_t steps : {2U, 3U, 10U, 50U, 200U}) {
    const auto start = eta_of("linear", static_cast<std::int64_t>(steps));
    const double limit =
        bound::optimal_omega(sums_of(start), 1) / (1 + 1.8 / static_cast<double>(steps));
    std::mt19937_64 generator(steps);
    std::normal_distribution<double> noise;
    for (int trial = 0; trial < 500; ++trial) {
      Values eta = start;  // Near linear decay, and far from it.
      const double size = std::pow(10.0, -3 + trial % 5);
      for (double& step : eta) step *= std::exp(size * noise(generator));
      EXPECT_GE(bound::optimal_omega(sums_of(eta), 1), limit) << steps << " steps";
    }
  }
}

TEST(Bound, IsInfiniteWhereTheLastStepIsZeroAndOnlyThere) {
  const Values eta = {1, 0.5, 0, 0, 0.25, 0};
  const Values norms(eta.size(), 1.0);
  for (const auto method : {bound::Method::direct, bound::Method::multipole}) {
    const auto curve = bound::curve(eta, norms, {.method = method});
    EXPECT_DOUBLE_EQ(curve.gradients[1], 2.5);
    // 0.25 + 1 / (0.5 + 0.25) + 0.25 / 0.25
    EXPECT_DOUBLE_EQ(curve.gradients[4], 0.25 + 1 / 0.75 + 1);
    for (const std::size_t k : {2U, 3U, 5U}) {
      EXPECT_EQ(curve.gradients[k], HUGE_VAL);
      EXPECT_EQ(bound::optimal_omega(curve.at(static_cast<std::int64_t>(k) + 1), 1), HUGE_VAL);
    }
  }
}

TEST(Bound, OfAScheduleThatBeginsWithZerosIsThatOfTheRest) {
  const auto late = bound::curve(Values{0, 0, 1, 0.5}, Values(4, 1.0));
  EXPECT_EQ(late.gradients[0], HUGE_VAL);
  EXPECT_DOUBLE_EQ(late.gradients[3], 2.5);
  EXPECT_DOUBLE_EQ(late.path[3], 1.5);
}

TEST(Bound, WithoutGradientsIsZeroAtAnyLargeGamma) {
  const auto sums = sums_of({1, 1}, {0, 0});
  EXPECT_EQ(bound::optimal_omega(sums, 1), 0);
  EXPECT_EQ(bound::optimal_gamma(sums, 1), HUGE_VAL);
}

// (1 / (2 sqrt T)) [D^2/g + g G^2 (1 + ln T) + 3 g G^2 (1 + ln(T - 1))] at T = 2: ln 1 = 0.
TEST(ClosedForms, AreWhatTheirAuthorsWrote) {
  const double g = 0.5;
  EXPECT_DOUBLE_EQ(bound::omega(bound::orabona(2, 3), 2, g),
                   (4 / g + g * 9 * (1 + std::log(2.0)) + 3 * g * 9) / (2 * std::sqrt(2.0)));
  EXPECT_DOUBLE_EQ(bound::shamir_zhang(4, 2, 3), 6 * (2 + std::log(4.0)) / 2);
}

// Looser bounds of the same thing lie higher; with these they do at every number of steps tried.
TEST(ClosedForms, AreNotBelowTheBoundOfTheTheorem) {
  for (const std::int64_t steps : {2, 10, 1000}) {
    const double omega = bound::optimal_omega(sums_of(eta_of("sqrt", steps)), 1);
    EXPECT_LT(omega, bound::optimal_omega(bound::orabona(steps, 1), 1));
    EXPECT_LT(omega, bound::shamir_zhang(steps, 1, 1));
  }
}

BoundSweep sweep_of(const std::vector<std::string>& schedules, std::vector<std::int64_t> steps) {
  BoundSweep sweep;
  for (const auto& text : schedules) sweep.schedules.push_back(parse_schedule(text));
  sweep.steps = std::move(steps);
  return sweep;
}

// Nine schedules do not fill two vectors of eight, and lanes must not mix.
TEST(BoundSweep, GivesEveryScheduleItsOwnWalkOnEveryBackend) {
  std::vector<std::string> texts;
  for (const auto* cooldown : {"0", "0.1", "0.25", "0.5", "1"})
    texts.push_back(std::string("wsd:shape=sqrt,cooldown=") + cooldown);
  for (const auto* name : {"linear", "cosine:warmup=3", "sqrt", "exponential:r=1e-100"})
    texts.emplace_back(name);
  auto sweep = sweep_of(texts, {10, 333});
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
      sweep_of({"wsd:warmup=20,shape=sqrt", "cosine", "exponential:r=1e-200"}, {900, 3000});
  sweep.anytime = true;
  for (const auto method : {bound::Method::automatic, bound::Method::direct}) {
    sweep.method = method;
    const auto plain = evaluate(sweep, {"cpu", 1, "plain", false});
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

// A bounded iterate: sum eta^2 / S for constant steps is 1, for (1, 1/2) it is 5/4 over 3/2.
TEST(BoundSweep, HasTheAverageIterate) {
  auto sweep = sweep_of({"linear"}, {2});
  sweep.formula = BoundSweep::Formula::average_iterate;
  sweep.anytime = true;
  const auto table = evaluate(sweep);
  EXPECT_DOUBLE_EQ(table.at(0, 0, 0).gradients, 1);
  EXPECT_DOUBLE_EQ(table.at(0, 0, 1).path, 1.5);
  EXPECT_DOUBLE_EQ(table.at(0, 0, 1).gradients, 1.25 / 1.5);
}

// Two steps an epoch: (1, 1, 1/sqrt(2)), so S = 2 + r, B = r + 1/r + 1/(1 + r) with r = 1/sqrt(2).
TEST(BoundSweep, KnowsHowManyStepsAnEpochHas) {
  auto sweep = sweep_of({"sqrt-epoch"}, {3});
  sweep.steps_per_epoch = 2;
  const auto sums = evaluate(sweep).at(0, 0, 0);
  const double r = 1 / std::sqrt(2.0);
  EXPECT_DOUBLE_EQ(sums.path, 2 + r);
  EXPECT_DOUBLE_EQ(sums.gradients, r + 1 / r + 1 / (1 + r));
}

/// A schedule as if it came from a file.
ScheduleSpec custom(const Values& eta, const std::string& name) {
  ScheduleSpec choice = {"custom", {0}};
  choice.lists = {eta};
  choice.file = name;
  return choice;
}

// D G = 1e100 for one step, whatever it is; for (1e200, 1), S = 1e200 and B = 1e400; for the average
// of the latter, sum eta^2 / S = 1e200. Usual schedules beside them keep their bits.
TEST(BoundSweep, IsRightInTheCornersOfTheRangeOfADoubleByEveryFormulaAndMethod) {
  BoundSweep sweep = sweep_of({"linear"}, {2});
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
      // 5e106 and 5e92
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
  sweep = sweep_of({"sqrt"}, {2});
  sweep.formula = BoundSweep::Formula::orabona;
  const double once = bound::optimal_omega(evaluate(sweep).at(0, 0, 0), 1);
  sweep.norms.b = 0x1p900;
  EXPECT_EQ(bound::optimal_omega(evaluate(sweep).at(0, 0, 0), 1), 0x1p900 * once);
  EXPECT_DOUBLE_EQ(bound::shamir_zhang(1, 1e300, 1e-300), 2);
  EXPECT_DOUBLE_EQ(bound::shamir_zhang_gamma(1e-300, 1e-300), 1);
}

// B_1 = 1e-450 and B_3 = 1e250: both have a bound, but not in one curve.
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
                  "custom:wild: no scale fits the bound at t = 1 and that at t = 3 at once")));
  EXPECT_THAT([&] { evaluate(sweep); }, testing::Throws<InputError>(testing::Property(
                                            &InputError::remedy, Remedy::single_horizon)));
  EXPECT_THAT(
      [&] {
        bound::optimal_gamma(Sums<double>{1e-300, 1e-300}, 1e10);
      },
      testing::ThrowsMessage<InputError>(testing::HasSubstr("about 1e310")));
}

TEST(BoundSweep, TellsHowFarItIsAndEndsWhenAsked) {
  auto sweep = sweep_of({"linear", "cosine", "sqrt"}, {1200, 1500});
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
    evaluate(sweep, DeviceOptions{"cpu", 1, "", false}, watch);
    ASSERT_GT(seen.size(), 2U);
    EXPECT_EQ(seen.front(), 0U);
    EXPECT_EQ(seen.back(), rows);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    watch.progress = [&](std::size_t done, std::size_t) { stop = done > 0; };
    EXPECT_THROW(evaluate(sweep, DeviceOptions{"cpu", 1, "", false}, watch), InterruptedError);
  }
}

TEST(BoundSweep, HasNoBoundBeyondTheEnd) {
  auto sweep = sweep_of({"linear"}, {2, 5});
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
  expect(sweep_of({}, {3}), "needs a schedule");
  expect(sweep_of({"linear"}, {}), "needs a schedule");
  expect(sweep_of({"linear"}, {0}), "at least 1");
  expect(sweep_of({"linear:warmup=3"}, {3}), "warmup of 3 steps");
  auto sweep = sweep_of({"linear"}, {3});
  sweep.horizons = {4};
  expect(sweep, "horizon 4");
  sweep = sweep_of({"linear"}, {3});
  sweep.distance = 0;
  expect(sweep, "distance");
  sweep = sweep_of({"linear"}, {3});
  sweep.formula = BoundSweep::Formula::orabona;
  expect(sweep, "schedule sqrt and a constant gradient norm, not for linear and 1");
  expect(sweep_of({"linear"}, {std::int64_t{1} << 50}), "of memory");
  expect(sweep_of({"sqrt-epoch"}, {3}), "number of steps in an epoch");
  // 5^-400 and 6^-400 are about 1e-280 and 1e-311.
  expect(sweep_of({"power:p=400"}, {50}), "at step 6");
  expect(sweep_of({"linear", "linear"}, {3}), "given twice");
}

TEST(GradientNorms, FollowTheirLaw) {
  const auto norms = evaluate(parse_gradient_norms("law:G1=2,A1=-1,G2=3,A2=-0.5,B=0.25"), 2);
  EXPECT_DOUBLE_EQ(norms[0], 2 * std::exp(-1.0) + 3 + 0.25);
  EXPECT_DOUBLE_EQ(norms[1], 2 * std::exp(-2.0) + 3 / std::sqrt(2.0) + 0.25);
  EXPECT_EQ(evaluate(parse_gradient_norms("1.5"), 3), Values(3, 1.5));
}

TEST(GradientNorms, AreParsedWithoutTheirFile) {
  for (const std::string text : {"norms.csv", "norms.csv,column=2"}) {
    const auto norms = parse_gradient_norms(text);
    EXPECT_EQ(norms.file, "norms.csv");
    EXPECT_EQ(norms.column, text == norms.file ? 0U : 2U);
    EXPECT_EQ(norms.to_string(), text);
  }
}

TEST(GradientNorms, ComeFromAColumnOfAFile) {
  const std::string file = testing::TempDir() + "gradient_norms.csv";
  std::ofstream(file) << "step,norm\n1,2\n2,0.5\n";
  const auto norms = cli::with_values(parse_gradient_norms(file + ",column=2"));
  EXPECT_EQ(evaluate(norms, 2), (Values{2, 0.5}));
  EXPECT_EQ(norms.to_string(), file + ",column=2");
  const auto expect = [&](const std::string& text, const std::string& part) {
    EXPECT_THAT([&] { evaluate(cli::with_values(parse_gradient_norms(text)), 3); },
                testing::ThrowsMessage<InputError>(testing::HasSubstr(part)));
  };
  expect(file + ",column=2", ",column=2 has 2 gradient norms for 3 steps");
  expect(file, "single column");
  expect("no_such_file.txt", "no such file");
}

TEST(GradientNorms, RefuseWhatIsNoNorm) {
  const auto expect = [](const std::string& text, const std::string& part) {
    EXPECT_THAT([&] { evaluate(parse_gradient_norms(text), 5); },
                testing::ThrowsMessage<InputError>(testing::HasSubstr(part)))
        << text;
  };
  expect("-1", "finite number >= 0");
  expect("nan", "finite number >= 0");
  expect("law:G3=1", "unknown parameter");
  expect("law:G1", "name=value");
  expect("law:G1=x", "not a number");
  expect("law:A2=2", "A2 does nothing without its factor G2");
  expect("law:A1=2,G2=1", "A1 does nothing without its factor G1");
  expect("law:B=1,G2=-1,A2=1", "gradient norm of step 2");
  expect("law:G1=1,A1=1e6", "gradient norm of step 1");
  expect("", "allowed are a number, a law and the name of a file");
  expect("norms.csv,column=0", "whole number >= 1");
  expect("no_such_file.txt,column=2",
         "gradient norms no_such_file.txt,column=2 have no values: their file has not been read");
}

}  // namespace
}  // namespace lrscape
