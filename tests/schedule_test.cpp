#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include "evaluated_schedule.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule/list.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape::test {
namespace {

TEST(Schedule, ConstantIsOne) {
  EXPECT_EQ(eta("constant", 1), Values{1});
  EXPECT_EQ(eta("constant", 3), (Values{1, 1, 1}));
}

TEST(Schedule, LinearReachesZeroAfterTheLastStep) {
  EXPECT_EQ(eta("linear", 1), Values{1});
  EXPECT_EQ(eta("linear", 2), (Values{1, 0.5}));
  EXPECT_EQ(eta("linear", 4), (Values{1, 0.75, 0.5, 0.25}));
}

TEST(Schedule, CosineReachesZeroAfterTheLastStep) {
  expect_values(eta("cosine", 1), {1});
  expect_values(eta("cosine", 2), {1, 0.5});
  expect_values(eta("cosine", 3), {1, 0.75, 0.25});
  expect_values(eta("cosine", 4), {1, (2 + std::sqrt(2)) / 4, 0.5, 1 / (4 + 2 * std::sqrt(2))});
}

TEST(Schedule, SqrtIsOneOverTheRootOfTheStep) {
  EXPECT_EQ(eta("sqrt", 1), Values{1});
  expect_values(eta("sqrt", 4), {1, 1 / std::numbers::sqrt2, 1 / std::numbers::sqrt3, 0.5});
}

TEST(Schedule, SqrtEpochIsConstantWithinAnEpoch) {
  const double half = 1 / std::numbers::sqrt2;
  const double third = 1 / std::numbers::sqrt3;
  expect_values(eta("sqrt-epoch", 8, 3), {1, 1, 1, half, half, half, third, third});
  expect_values(eta("sqrt-epoch", 3, 1), eta("sqrt", 3));
  EXPECT_EQ(eta("sqrt-epoch", 2, 2), (Values{1, 1}));
  for (const std::int64_t steps_per_epoch : {0, -1})
    EXPECT_THROW(eta("sqrt-epoch", 2, steps_per_epoch), InputError);
  EXPECT_EQ(eta("sqrt", 1, 0), Values{1});  // Has no epochs.
}

TEST(Schedule, PolyDecayIsAPowerOfWhatIsLeft) {
  EXPECT_EQ(eta("poly-decay", 4), eta("linear", 4));
  EXPECT_EQ(eta("poly-decay:p=2", 4), (Values{1, 0.5625, 0.25, 0.0625}));
  EXPECT_EQ(eta("poly-decay:p=0", 3), (Values{1, 1, 1}));
  EXPECT_EQ(eta("poly-decay:p=2,warmup=1", 3), (Values{0.5, 1, 0.25}));
}

// Expected: the exact rationals (2/3)^500 and (1/3)^500, rounded once. Without a correction, the
// rounding of 2/3 is amplified 500 times. pow, a product and the correction round once each.
TEST(Schedule, PolyDecayKeepsItsDigitsForLargeExponents) {
  const auto values = eta("poly-decay:p=500", 3);
  EXPECT_NEAR(values[1] / 9.002652196173951e-89, 1, 3 * 0x1p-53);
  EXPECT_NEAR(values[2] / 2.750252956203138e-239, 1, 3 * 0x1p-53);
}

TEST(Schedule, PowerIsAPowerOfTheStep) {
  EXPECT_EQ(eta("power:p=2", 4), (Values{1, 0.25, 1 / 9.0, 0.0625}));
  expect_values(eta("power", 100), eta("sqrt", 100));
  EXPECT_EQ(eta("power:p=1,warmup=1", 3), (Values{0.5, 1, 0.5}));
}

TEST(Schedule, ExponentialFallsToRAfterTheLastStep) {
  expect_values(eta("exponential:r=0.0625", 4), {1, 0.5, 0.25, 0.125});
  EXPECT_EQ(eta("exponential:r=1", 3), (Values{1, 1, 1}));
  expect_values(eta("exponential:r=16,warmup=1", 3), {0.5, 1, 4});
}

// The exact values are powers of ten. With r = 1e-200, a rounding of the exponent is amplified 460
// times unless it is corrected.
TEST(Schedule, ExponentialKeepsItsDigitsOverTwoHundredDecades) {
  const auto values = eta("exponential:r=1e-200", 200);
  for (std::size_t k = 0; k < values.size(); ++k)
    EXPECT_DOUBLE_EQ(values[k], std::stod("1e-" + std::to_string(k)));
}

TEST(Schedule, PiecewiseMultipliesTheFactorsBehindIt) {
  EXPECT_EQ(eta("piecewise:milestones=2/3,factors=0.5/0.25", 5), (Values{1, 1, 0.5, 0.125, 0.125}));
  EXPECT_EQ(eta("piecewise:milestones=2,factors=2,warmup=2", 5),
            (Values{1 / 3.0, 2 / 3.0, 1, 1, 2}));
  EXPECT_EQ(eta("piecewise:milestones=1,factors=0.5,final=0.5", 2), (Values{1, 0.75}));
}

// N = floor(c (T + 1)) and T0 = T + 1 - N: 1 up to step T0, then 1 - (t - T0) / N.
TEST(Schedule, WsdTakesTheFractionForTheDecimalThatWasTyped) {
  // N = floor(c (T + 1)) in whole numbers: c = digits / 10^places.
  for (const std::int64_t places : {1, 2, 3, 4}) {
    const auto power = static_cast<std::int64_t>(std::pow(10, places));
    for (std::int64_t digits = 1; digits<power; digits += power> 1000 ? 37 : 1)
      for (const std::int64_t steps : {1, 9, 99, 199, 249, 999, 4999, 99999}) {
        const double cooldown = std::stod(std::to_string(digits) + "e-" + std::to_string(places));
        ASSERT_EQ(Envelope{.cooldown = cooldown}.cooldown_length(steps),
                  digits * (steps + 1) / power)
            << cooldown << " of " << steps;
      }
  }
}

TEST(Schedule, WsdStartsItsCooldownWhereTheFloorSays) {
  EXPECT_EQ(eta("wsd", 4), (Values{1, 1, 1, 1}));                       // N = 1: zero only at T + 1
  EXPECT_EQ(eta("wsd", 9), (Values{1, 1, 1, 1, 1, 1, 1, 1, 0.5}));      // N = 2, T0 = 8
  EXPECT_EQ(eta("wsd", 10), (Values{1, 1, 1, 1, 1, 1, 1, 1, 1, 0.5}));  // N = floor(2.2)
  EXPECT_EQ(eta("wsd:cooldown=0.25", 6), (Values{1, 1, 1, 1, 1, 1}));   // N = floor(1.75)
  EXPECT_EQ(eta("wsd:cooldown=0.25", 7), (Values{1, 1, 1, 1, 1, 1, 0.5}));
  EXPECT_EQ(eta("wsd:cooldown=0.249", 7), (Values{1, 1, 1, 1, 1, 1, 1}));  // floor(1.992)
  EXPECT_EQ(eta("wsd:cooldown=0.5", 1), Values{1});
  EXPECT_EQ(eta("wsd:cooldown=0.5", 2), (Values{1, 1}));
  EXPECT_EQ(eta("wsd:cooldown=0.5", 3), (Values{1, 1, 0.5}));
}

TEST(Schedule, WsdWithoutCooldownIsConstant) {
  for (const auto* shape : {"linear", "sqrt", "cosine"})
    EXPECT_EQ(eta(std::string("wsd:cooldown=0,shape=") + shape, 3), (Values{1, 1, 1}));
}

// N = T + 1 and T0 = 0: the cooldown starts with the first step, so eta is below 1 from the start.
TEST(Schedule, WsdOfCooldownAloneFallsFromTheFirstStep) {
  EXPECT_EQ(eta("wsd:cooldown=1", 1), Values{0.5});
  expect_values(eta("wsd:cooldown=1", 2), {2 / 3.0, 1 / 3.0});
  EXPECT_EQ(eta("wsd:cooldown=1,shape=linear", 3), (Values{0.75, 0.5, 0.25}));
  expect_values(eta("wsd:cooldown=1,shape=sqrt", 3),
                {0.5, 1 - std::sqrt(0.5), 1 - std::sqrt(0.75)});
  const double cosine = std::sqrt(0.5);
  expect_values(eta("wsd:cooldown=1,shape=cosine", 3), {(1 + cosine) / 2, 0.5, (1 - cosine) / 2});
}

TEST(Schedule, WsdFallsInTheShapeItIsGiven) {
  // T = 7, N = 4, T0 = 4.
  EXPECT_EQ(eta("wsd:cooldown=0.5", 7), (Values{1, 1, 1, 1, 0.75, 0.5, 0.25}));
  expect_values(eta("wsd:cooldown=0.5,shape=sqrt", 7),
                {1, 1, 1, 1, 0.5, 1 - std::sqrt(0.5), 1 - std::sqrt(0.75)});
  const double cosine = std::sqrt(0.5);
  expect_values(eta("wsd:cooldown=0.5,shape=cosine", 7),
                {1, 1, 1, 1, (1 + cosine) / 2, 0.5, (1 - cosine) / 2});
}

TEST(Schedule, ThatEndsAtZeroStaysAboveItAndFallsToTheEnd) {
  for (const std::string text : {"linear", "cosine", "wsd:cooldown=1", "wsd:cooldown=1,shape=sqrt",
                                 "wsd:cooldown=1,shape=cosine"}) {
    for (const std::int64_t steps : {1, 2, 3, 10, 1000, 1000000}) {
      const auto values = eta(text, steps);
      EXPECT_GT(values.back(), 0) << text << " over " << steps;
      EXPECT_LE(values.back(), 1) << text << " over " << steps;
    }
    const auto values = eta(text, 1000);
    for (std::size_t k = 1; k < values.size(); ++k)
      ASSERT_LT(values[k], values[k - 1]) << text << " at step " << k + 1;
  }
}

TEST(Schedule, BeginsAtOneAndNeverRisesWhateverItsName) {
  Schedules::for_each([]<class S>() {
    if (requires { S::lists; }) return;  // A list given by the user may rise.
    const auto values = eta(std::string(S::name), 50, 7);
    EXPECT_EQ(values.front(), 1) << S::name;
    for (std::size_t k = 1; k < values.size(); ++k) {
      EXPECT_LE(values[k], values[k - 1]) << S::name << " at step " << k + 1;
      EXPECT_GT(values[k], 0) << S::name << " at step " << k + 1;
    }
  });
}

struct Known {
  std::size_t step;
  double value;
};

/// `tolerance` is relative and in units of 2^-53, which is half a unit in the last place of 1.
void expect_known(const Values& values, const std::vector<Known>& known, double tolerance) {
  for (const auto& [step, value] : known)
    EXPECT_NEAR(values[step - 1], value, tolerance * 0x1p-53 * value) << "at step " << step;
}

// The known values below are the formulas of the schedules, computed with mpmath 1.3 at 400 bits
// and rounded to double.

TEST(Schedule, CosineKeepsAllDigitsToTheEnd) {
  // The angle carries three roundings (pi / 2, quotient, product), which sin does not amplify. sin
  // adds one. Squaring doubles these four and adds one. The known value itself has one.
  constexpr double tolerance = 10;
  expect_known(eta("cosine", 1000),
               {{1, 1},
                {2, 0.99999753260092905},
                {3, 0.99999013042806861},
                {333, 0.75181160081788045},
                {500, 0.50157079374293978},
                {501, 0.5},
                {999, 9.8695719314350762e-06},
                {1000, 2.4673990709169442e-06}},
               tolerance);
  expect_known(eta("cosine", 100000),
               {{1, 1},
                {2, 0.99999999975325993},
                {3, 0.9999999990130396},
                {33333, 0.75001813777431248},
                {50000, 0.50001570796326533},
                {50001, 0.5},
                {99999, 9.869604397842388e-10},
                {100000, 2.467401100069404e-10}},
               tolerance);
  expect_known(eta("wsd:cooldown=0.25,shape=cosine", 100000),
               {{75001, 1},
                {75002, 0.99999999605215828},
                {83334, 0.75001813777431248},
                {87501, 0.5},
                {99999, 1.5791366958620548e-08},
                {100000, 3.947841755240592e-09}},
               tolerance);
}

TEST(Schedule, LinearAndSqrtCooldownsKeepAllDigitsToTheEnd) {
  // A quotient of whole numbers is rounded once, and so is the known value.
  expect_known(eta("wsd:cooldown=0.25", 100000),
               {{75001, 1},
                {75002, 0.99995999999999996},
                {83334, 0.66668000000000005},
                {87501, 0.5},
                {99999, 8.0000000000000007e-05},
                {100000, 4.0000000000000003e-05}},
               2);
  // Two quotients, a root, a sum and the known value are rounded once each.
  expect_known(eta("wsd:cooldown=0.25,shape=sqrt", 100000),
               {{75001, 1},
                {75002, 0.99367544467966329},
                {83334, 0.42266127793123037},
                {87501, 0.29289321881345248},
                {99999, 4.0000800032001601e-05},
                {100000, 2.0000200004000102e-05}},
               6);
}

TEST(Schedule, SqrtKeepsAllDigits) {
  // A root, a quotient and the known value are rounded once each.
  expect_known(eta("sqrt", 100000),
               {{1, 1},
                {2, 0.70710678118654757},
                {3, 0.57735026918962573},
                {7, 0.37796447300922725},
                {99999, 0.0031622934716752666},
                {100000, 0.0031622776601683794}},
               3);
}

}  // namespace
}  // namespace lrscape::test
