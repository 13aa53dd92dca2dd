#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "bound_sums.hpp"
#include "lrscape/bound/bound_sweep.hpp"
#include "lrscape/bound/curve.hpp"
#include "lrscape/bound/terms.hpp"

namespace lrscape::test {
namespace {

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

// eta = (1, 1, 2, 1), G = (0, 0, 3, 3): B = 0, 0, 2 * 9 and 1 * 9 + 36 / 1.
TEST(Bound, HasOnlyTheDistanceUntilTheFirstGradientThatIsNot0) {
  const Values eta = {1, 1, 2, 1};
  const Values norms = {0, 0, 3, 3};
  const bound::Curve curve = bound::curve(eta, norms);
  EXPECT_EQ(curve.path, (Values{1, 2, 4, 5}));
  EXPECT_EQ(curve.gradients, (Values{0, 0, 18, 45}));
}

// eta = (2, 3, 1), G = (1, 2, 3), D = 5, gamma = 1/2. From k = 1, 2, 3 on, the eta_t sum to 6, 4, 1
// and the eta_t^2 G_t^2 to 49, 45, 9.
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
    // The harmonic number, summed from the smallest term, is off by a few units in the last place.
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
  for (double& step : eta) step *= 0x1p-300;  // Exact, since it is a power of two.
  EXPECT_DOUBLE_EQ(bound::optimal_omega(sums_of(eta), 1), omega);
}

TEST(Bound, ScalesWithDistanceTimesNorm) {
  const Values eta = random_steps(100, 6);
  const double omega = bound::optimal_omega(sums_of(eta), 1);
  EXPECT_DOUBLE_EQ(bound::optimal_omega(sums_of(eta, Values(100, 4.0)), 8), 32 * omega);
}

// S = (T + 1) / 2, and with j = T + 1 - t,
// B = 1/T + sum_{j=2}^T 2j / (T (j-1)) = (2T - 1 + 2 H_{T-1}) / T.
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

// By hand, Omega*^2 = (1 + r^2) / (r + r^2) with r = eta_2 / eta_1 is smallest at r = 1 + sqrt(2):
// the theorem's bound favours a larger last step than that of linear decay.
TEST(Bound, OfTwoStepsIsLeastWhereTheLastIsLarger) {
  const double r = 1 + std::sqrt(2.0);
  const double least = bound::optimal_omega(sums_of({1, r}), 1);
  EXPECT_DOUBLE_EQ(least, std::sqrt((1 + r * r) / (r + r * r)));
  for (const double other : {0.5, 1.0, 0.99 * r, 1.01 * r, 10.0})
    EXPECT_GT(bound::optimal_omega(sums_of({1, other}), 1), least);
}

// Numerical minimisation (L-BFGS, scipy 1.17) found schedules whose bounds are below that of linear
// decay by 42, 38, 16, 3.5 and 0.9 % at T = 2, 3, 10, 50, 200, which is at most 1.8/T. No random
// schedule may get below that limit.
TEST(Bound, OfLinearDecayIsTheLeastUpToItsLastStep) {
  for (const std::size_t steps : {2U, 3U, 10U, 50U, 200U}) {
    const auto start = eta_of("linear", static_cast<std::int64_t>(steps));
    const double limit =
        bound::optimal_omega(sums_of(start), 1) / (1 + 1.8 / static_cast<double>(steps));
    std::mt19937_64 generator(steps);
    std::normal_distribution<double> noise;
    for (int trial = 0; trial < 500; ++trial) {
      Values eta = start;  // From near linear decay to far from it.
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

}  // namespace
}  // namespace lrscape::test
