#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "lrscape/bound/curve.hpp"
#include "lrscape/bound/terms.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule_spec.hpp"
#include "schedule_cases.hpp"
#include "simd/implementation.hpp"

namespace lrscape {
namespace {

using test::schedule_cases;
using Values = std::vector<double>;

/// B_t in long double, whose significand has 64 bits on x86 (a double has 53).
long double reference(const Values& eta, const Values& norms, std::size_t horizon) {
  long double tail = 0;
  long double sum =
      static_cast<long double>(eta[horizon - 1]) * norms[horizon - 1] * norms[horizon - 1];
  for (std::size_t k = horizon - 1; k-- > 0;) {
    tail += eta[k + 1];
    const long double moved = static_cast<long double>(eta[k]) * norms[k];
    sum += moved * (moved / tail);
  }
  return sum;
}

/// Horizons to check: the first, the last, those at the ends of leaves, and some in between.
std::vector<std::size_t> horizons(std::size_t steps) {
  std::vector<std::size_t> all;
  for (const std::size_t t : {1UL, 2UL, 3UL, 63UL, 64UL, 65UL, 128UL, 129UL, steps / 2,
                              steps / 2 + 1, steps / 2 + 2, steps - 1, steps})
    if (t >= 1 && t <= steps) all.push_back(t);
  for (std::size_t t = 17; t < steps; t += steps / 40 + 1) all.push_back(t);
  return all;
}

void expect_curve(const Values& eta, const Values& norms, bound::Method method,
                  const std::string& name) {
  const auto curve = bound::curve(eta, norms, {.method = method, .threads = 2});
  ASSERT_EQ(curve.gradients.size(), eta.size());
  for (const std::size_t t : horizons(eta.size())) {
    const long double expected = reference(eta, norms, t);
    // The documented accuracy. An interpolation error of 5.83^-20 and the rounding of sums of a few
    // hundred terms are far smaller.
    EXPECT_NEAR(
        static_cast<double>(plain(curve.at(static_cast<std::int64_t>(t))).gradients / expected), 1,
        1e-13)
        << name << ", " << eta.size() << " steps, t = " << t;
    long double path = 0;
    for (std::size_t k = 0; k < t; ++k) path += eta[k];
    EXPECT_NEAR(static_cast<double>(plain(curve.at(static_cast<std::int64_t>(t))).path / path), 1,
                1e-13)
        << name << ", t = " << t;
  }
}

TEST(BoundCurve, IsExactForEveryScheduleByEitherMethod) {
  for (const std::size_t steps : {1UL, 2UL, 3UL, 63UL, 64UL, 65UL, 129UL, 1000UL, 8191UL})
    for (const auto& [name, eta] : schedule_cases(steps))
      for (const auto method : {bound::Method::direct, bound::Method::multipole}) {
        if (method == bound::Method::direct && steps > 1000) continue;
        expect_curve(eta, Values(steps, 1.0), method, name);
      }
}

TEST(BoundCurve, IsExactForNormsThatVanish) {
  Values norms(5000);
  for (std::size_t k = 0; k < norms.size(); ++k)
    norms[k] = k % 7 == 3 ? 0.0 : 1.0 / (1.0 + static_cast<double>(k % 5));
  for (const auto& [name, eta] : schedule_cases(norms.size()))
    expect_curve(eta, norms, bound::Method::multipole, name);
}

TEST(BoundCurve, IsExactForEveryNumberOfStepsOfSchedulesThatEndAtZero) {
  for (const std::string text : {"linear", "cosine", "wsd", "wsd:cooldown=1,shape=sqrt"})
    for (std::size_t steps = 1; steps <= 300; ++steps) {
      const auto eta = evaluate(parse_schedule(text), static_cast<std::int64_t>(steps), 1);
      const Values norms(steps, 1.0);
      for (const auto method : {bound::Method::direct, bound::Method::multipole}) {
        const auto curve = bound::curve(eta, norms, {.method = method, .threads = 1});
        for (const std::size_t t : {(steps + 1) / 2, steps})
          EXPECT_NEAR(static_cast<double>(plain(curve.at(static_cast<std::int64_t>(t))).gradients /
                                          reference(eta, norms, t)),
                      1, 1e-13)
              << text << ", " << steps << " steps, t = " << t;
      }
    }
}

void expect_long_curve(const std::string& text, std::size_t steps) {
  const auto eta = evaluate(parse_schedule(text), static_cast<std::int64_t>(steps), 1);
  const Values norms(eta.size(), 1.0);
  const auto curve = bound::curve(eta, norms);
  for (const std::size_t t : {std::size_t{3}, std::size_t{4096}, steps / 3 * 2, steps - 1, steps})
    EXPECT_NEAR(static_cast<double>(plain(curve.at(static_cast<std::int64_t>(t))).gradients /
                                    reference(eta, norms, t)),
                1, 1e-13)
        << text << ", t = " << t;
}

TEST(BoundCurve, IsExactOverAMillionSteps) {
  for (const std::string text : {"linear", "sqrt", "wsd:warmup=1000"})
    expect_long_curve(text, 1'000'000);
}

TEST(BoundCurve, IsExactOverTenMillionSteps) { expect_long_curve("cosine", 10'000'000); }

TEST(BoundCurve, HasTheSameBitsForAnyThreadsAndInstructionSet) {
  for (const auto& [name, eta] : schedule_cases(20'000)) {
    const Values norms(eta.size(), 0.5);
    const auto once = bound::curve(eta, norms, {.threads = 1});
    // 16 threads on few cores are slow, so only one schedule runs on that many.
    for (const int threads : name == "linear" ? std::vector{2, 16} : std::vector{2})
      for (const auto* code : cpu::implementations()) {
        const auto again = bound::curve(eta, norms, {.threads = threads, .simd = code->name});
        EXPECT_EQ(again.gradients, once.gradients) << name << ", " << threads << code->name;
        EXPECT_EQ(again.path, once.path) << name << ", " << threads << code->name;
      }
  }
}

// Within each 100,000 steps, a leaf is comparable in length to all leaves before it together (after
// the reversal: after it). If only nodes of similar length could count as far apart, this test
// would take minutes.
TEST(BoundCurve, IsExactAndFastForStepsThatGrowOrShrinkAllTheWay) {
  Values eta(300'000);
  Values norms(eta.size());
  for (std::size_t k = 0; k < eta.size(); ++k) {
    eta[k] = std::pow(10, (static_cast<double>(k % 100'000) - 50'000) * 0.0028);
    norms[k] = 1 / eta[k];
  }
  for (int direction = 0; direction < 2; ++direction) {
    const auto curve = bound::curve(eta, norms);
    for (const std::size_t t : {2UL, 65UL, 99'999UL, 100'000UL, 100'001UL, 234'567UL, 300'000UL})
      EXPECT_NEAR(static_cast<double>(plain(curve.at(static_cast<std::int64_t>(t))).gradients /
                                      reference(eta, norms, t)),
                  1, 1e-13)
          << "t = " << t;
    std::reverse(eta.begin(), eta.end());
    std::reverse(norms.begin(), norms.end());
  }
}

TEST(BoundCurve, RunsPastZerosWithoutLookingAtThem) {
  Values eta(300'000, 0.0);  // The near field of this many steps at one point would take minutes.
  for (std::size_t k = 0; k < eta.size(); k += 1000) eta[k] = 1;
  const auto curve = bound::curve(eta, Values(eta.size(), 1.0));
  const auto dense = bound::curve(Values(300, 1.0), Values(300, 1.0));
  for (std::size_t k = 0; k < 300; ++k) {
    EXPECT_NEAR(curve.gradients[k * 1000], dense.gradients[k], 1e-13 * dense.gradients[k]);
    EXPECT_EQ(curve.gradients[k * 1000 + 1], HUGE_VAL);
  }
}

TEST(BoundCurve, RefusesStepsAndNormsThatAreNone) {
  const auto expect = [](const Values& eta, const Values& norms, const std::string& part) {
    EXPECT_THAT([&] { bound::curve(eta, norms); },
                testing::ThrowsMessage<InputError>(testing::HasSubstr(part)));
  };
  expect({}, {}, "one gradient norm for every step");
  expect({1, 1}, {1}, "one gradient norm for every step");
  expect({1, -1}, {1, 1}, "step 2 is -1");
  expect({1, NAN}, {1, 1}, "step 2 is nan");
  expect({1, HUGE_VAL}, {1, 1}, "step 2 is inf");
  expect({1, 1}, {-1, 1}, "gradient norm 1 is -1");
  expect({1, 1e-310}, {1, 1}, "step 2 is 1e-310");
  expect({1, 1}, {1, HUGE_VAL}, "gradient norm 2 is inf");
  // B_2 = 1e320, and no scale keeps both 1e-300 and 1e10 away from the ends of the range.
  expect({1e10, 1e-300}, {1, 1}, "the largest step, 10000000000, is more than");
  // B_1 = 1e-450 and B_3 = 1e250.
  expect({1e-250, 1, 1e-250}, {1e-100, 1, 1}, "no single scale fits the bounds at t = 1 and t = 3");
}

// Expected values are worked by hand as powers of ten, without summands too small to change a
// double. At t = 2, S = eta_1 + eta_2 and B = eta_2 G_2^2 + eta_1^2 G_1^2 / eta_2.
TEST(BoundCurve, IsRightInTheCornersOfTheRangeOfADouble) {
  struct Corner {
    Values eta, norms;
    double distance, gamma_1, omega_1, gamma_2, omega_2;
  };
  const std::vector<Corner> corners = {
      {{1e200, 1}, {1, 1}, 1, 1e-200, 1, 1e-300, 1e100},
      {{1, 1e-300}, {1, 1}, 1, 1, 1, 1e-150, 1e150},
      {{1e-300, 1}, {1, 1}, 1, 1e300, 1, 1, 1},
      {{1e150, 1e-50}, {1, 1}, 1, 1e-150, 1, 1e-250, 1e100},
      {{1e-150, 1e150}, {1, 1}, 1, 1e150, 1, 1e-150, 1},
      {{1e150, 1e-50}, {1e-100, 1e-100}, 1e50, 1, 1e-50, 1e-100, 1e50},
      {{1e150, 1e100}, {1e100, 1e100}, 1e100, 1e-150, 1e200, 1e-175, 1e225},
      {{1e-200, 1e-250}, {1e-100, 1e-60}, 1e-100, 1e200, 1e-200, 1e175, 1e-175},
      {{1e100, 1e-150}, {1e150, 1e-150}, 1e-50, 1e-300, 1e100, HUGE_VAL, HUGE_VAL},
  };
  // Each decimal is off by up to half a unit in the last place, and the root of a product of three
  // by up to 1.5 times as much.
  constexpr double few_roundings = 1e-15;
  for (const auto& [eta, norms, distance, gamma_1, omega_1, gamma_2, omega_2] : corners)
    for (const auto method : {bound::Method::direct, bound::Method::multipole}) {
      SCOPED_TRACE(testing::PrintToString(eta) + testing::PrintToString(norms));
      const auto curve = bound::curve(eta, norms, {.method = method});
      EXPECT_NEAR(bound::optimal_gamma(curve.at(1), distance) / gamma_1, 1, few_roundings);
      EXPECT_NEAR(bound::optimal_omega(curve.at(1), distance) / omega_1, 1, few_roundings);
      // At gamma*, each of the two terms is half of the bound.
      EXPECT_NEAR(bound::omega(curve.at(1), distance, gamma_1) / omega_1, 1, few_roundings);
      const auto at_2 = curve.at(2);
      if (gamma_2 == HUGE_VAL) {    // gamma* = 1e-425, Omega* = 1e225
        const double d = distance;  // clang 14 cannot capture a structured binding.
        EXPECT_THAT([&] { bound::optimal_gamma(at_2, d); },
                    testing::ThrowsMessage<InputError>(testing::HasSubstr("about 1e-425")));
        EXPECT_NEAR(bound::optimal_omega(at_2, distance) / 1e225, 1, few_roundings);
        continue;
      }
      EXPECT_NEAR(bound::optimal_gamma(at_2, distance) / gamma_2, 1, few_roundings);
      EXPECT_NEAR(bound::optimal_omega(at_2, distance) / omega_2, 1, few_roundings);
      EXPECT_NEAR(bound::omega(at_2, distance, gamma_2) / omega_2, 1, few_roundings);
      const auto terms = bound::terms(eta, norms, 2, distance, gamma_2);
      EXPECT_NEAR(terms.distance / (omega_2 / 2), 1, few_roundings);
      EXPECT_NEAR((terms.average + terms.last) / (omega_2 / 2), 1, few_roundings);
    }
}

// The range of a long double holds all intermediate values of the reference.
TEST(BoundCurve, IsExactForStepsAndNormsWhoseSquaresNoDoubleHolds) {
  std::mt19937_64 generator(11);
  std::uniform_real_distribution<double> decades(-200, 90);
  Values eta(1100);
  for (double& step : eta) step = std::pow(10, decades(generator));
  for (const double norm : {1e-200, 1.0, 1e200}) {
    const Values norms(eta.size(), norm);
    for (const auto method : {bound::Method::direct, bound::Method::multipole}) {
      const auto curve = bound::curve(eta, norms, {.method = method});
      for (const std::size_t t : horizons(eta.size())) {
        const auto sums = curve.at(static_cast<std::int64_t>(t));
        long double path = 0;
        for (std::size_t k = 0; k < t; ++k) path += eta[k];
        const long double gradients = reference(eta, norms, t);
        const long double omega = std::sqrt(gradients / path);
        const long double gamma = 1 / std::sqrt(gradients * path);
        if (omega < 1e-307L || omega > 1e307L || gamma < 1e-307L || gamma > 1e307L) continue;
        EXPECT_NEAR(static_cast<double>(bound::optimal_omega(sums, 1) / omega), 1, 1e-13) << t;
        EXPECT_NEAR(static_cast<double>(bound::optimal_gamma(sums, 1) / gamma), 1, 1e-13) << t;
        EXPECT_NEAR(static_cast<double>(bound::omega(sums, 1, static_cast<double>(2 * gamma)) /
                                        (1.25L * omega)),
                    1, 1e-13)
            << t;
      }
    }
  }
}

// Multiplying all steps by a power of two divides gamma* by it and leaves Omega* unchanged, to the
// bit.
TEST(BoundCurve, IgnoresTheScaleOfTheScheduleFromOneEndOfTheRangeToTheOther) {
  for (const auto& [name, eta] : schedule_cases(1000)) {
    if (name.starts_with("exponential") || name.find(' ') != std::string::npos) continue;
    const Values norms(eta.size(), 1.25);
    for (const auto method : {bound::Method::direct, bound::Method::multipole}) {
      const auto curve = bound::curve(eta, norms, {.method = method});
      for (const int power : {-900, -500, 500, 1000}) {
        Values other = eta;
        for (double& step : other) step = std::ldexp(step, power);
        const auto scaled = bound::curve(other, norms, {.method = method});
        for (const std::int64_t t : {1, 2, 70, 500, 1000}) {
          EXPECT_EQ(bound::optimal_omega(scaled.at(t), 1), bound::optimal_omega(curve.at(t), 1));
          EXPECT_EQ(bound::optimal_gamma(scaled.at(t), 1),
                    std::ldexp(bound::optimal_gamma(curve.at(t), 1), -power));
        }
      }
    }
  }
}

// A constant gradient norm, however large or small, multiplies Omega* and divides gamma*.
TEST(BoundCurve, TakesNormsFromOneEndOfTheRangeToTheOther) {
  const auto eta = evaluate(parse_schedule("cosine"), 1500, 1);
  const auto unit = bound::curve(eta, Values(eta.size(), 1.0)).at(1500);
  for (const int power : {-1015, -300, 300, 1015}) {
    const double norm = std::ldexp(1.0, power);
    const auto sums = bound::curve(eta, Values(eta.size(), norm)).at(1500);
    EXPECT_EQ(bound::optimal_omega(sums, 1), norm * bound::optimal_omega(unit, 1));
    EXPECT_EQ(bound::optimal_gamma(sums, 1), bound::optimal_gamma(unit, 1) / norm);
    EXPECT_TRUE(std::isnan(plain(sums).gradients) == (std::abs(power) > 500));
  }
}

// B_1 = 1e-400 and B_2 = 1: one scale holds both only if it is far above that of the largest norm.
TEST(BoundCurve, ScalesNormsSoThatTheSmallOnesAreKeptBesideTheLargest) {
  const Values eta = {1, 1};
  for (const auto method : {bound::Method::direct, bound::Method::multipole}) {
    const auto curve = bound::curve(eta, Values{1e-200, 1}, {.method = method});
    EXPECT_DOUBLE_EQ(bound::optimal_omega(curve.at(1), 1), 1e-200);
    EXPECT_DOUBLE_EQ(bound::optimal_gamma(curve.at(1), 1), 1e200);
    EXPECT_DOUBLE_EQ(bound::optimal_omega(curve.at(2), 1), std::sqrt(0.5));
  }
}

}  // namespace
}  // namespace lrscape
