#include "lrscape/bound/extension.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "lrscape/bound/curve.hpp"
#include "lrscape/bound/optimum.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule/wsd.hpp"

namespace lrscape {
namespace {

using Values = std::vector<double>;

/// The steps up to the end of stage `last`, assembled from the definition of an extension.
Values steps_of(const Extended& extended, const ScheduleSpec& schedule, std::size_t last) {
  Values steps;
  for (std::size_t k = 0; k <= last; ++k) {
    const auto& stage = extended.stages[k];
    const auto whole = evaluate(schedule, stage.end, 1);
    steps.resize(static_cast<std::size_t>(stage.start - 1));
    for (auto t = static_cast<std::size_t>(stage.start); t <= whole.size(); ++t)
      steps.push_back(stage.factor * whole[t - 1]);
  }
  return steps;
}

bound::ScaledSums sums_of(const Values& steps, const Values& norms) {
  return bound::curve(steps, norms, {.method = bound::Method::direct})
      .at(static_cast<std::int64_t>(steps.size()));
}

void expect_gamma_kept(const Extension& extension) {
  const auto extended = extend(extension);
  for (std::size_t k = 0; k < extended.stages.size(); ++k) {
    const Values steps = steps_of(extended, extension.schedule, k);
    const auto norms = evaluate(extension.norms, static_cast<std::int64_t>(steps.size()));
    const auto sums = sums_of(steps, norms);
    // gamma* depends only weakly on the factor. Even with a root exact to the last bit, the error
    // is a few 1e-16 times the condition number, which is below 100 here.
    EXPECT_NEAR(bound::optimal_gamma(sums, extension.distance) / extended.gamma, 1, 1e-13)
        << "stage " << k + 1;
    EXPECT_NEAR(extended.stages[k].omega / bound::optimal_omega(sums, extension.distance), 1, 1e-13)
        << "stage " << k + 1;
    EXPECT_EQ(extended.stages[k].learning_rate, extended.gamma * extended.stages[k].factor);
  }
}

TEST(Extension, KeepsGammaTheBestAtEveryStage) {
  Extension extension;
  extension.stages = 12;
  expect_gamma_kept(extension);
  extension.stage = 37;  // Not a multiple of the leaf size.
  extension.distance = 3;
  extension.norms = parse_gradient_norms("law:G2=1,A2=-0.25,B=0.5");
  expect_gamma_kept(extension);
  extension.schedule = parse_schedule("wsd:cooldown=0.3,shape=sqrt,warmup=4");
  expect_gamma_kept(extension);
}

// Numbers from F. Schaipp's post on horizons: the piecewise-constant extension with D = G = 1.
TEST(Extension, GivesTheNumbersOfTheHorizonPost) {
  const auto extended = extend(Extension());
  EXPECT_NEAR(extended.gamma, 0.040234, 5e-7);
  EXPECT_EQ(extended.stages[0].factor, 1);
  EXPECT_NEAR(extended.stages[1].factor, 0.48999612, 5e-9);
  EXPECT_NEAR(extended.stages[2].factor, 0.34644912, 5e-9);
  EXPECT_NEAR(extended.stages[3].factor, 0.27724421, 5e-9);
  EXPECT_NEAR(extended.stages[99].factor, 0.0387207, 1e-7);
  EXPECT_EQ(extended.stages[99].end, 10'000);
  EXPECT_NEAR(extended.stages[99].omega / extended.stages[99].omega_linear, 1.40699, 5e-6);
  Values steps;
  Values ratios;
  for (const auto& stage : extended.stages) {
    if (stage.end <= 500) continue;
    steps.push_back(static_cast<double>(stage.end));
    ratios.push_back(stage.omega / stage.omega_linear);
  }
  EXPECT_NEAR(fit_power(steps, ratios).mean_absolute_deviation, 6.3e-4, 5e-6);
  EXPECT_NEAR(fit_logarithm(steps, ratios).mean_absolute_deviation, 1.9e-3, 5e-5);
}

// Also from the post: ratios to the bound of 1/sqrt(t) at the gamma that is best for the first
// stage.
TEST(Extension, BeatsOneOverTheRootAsThePostSays) {
  for (const auto& [stage, ratio] : {std::pair(20, 0.9425), {100, 0.9356}, {500, 0.9173}}) {
    Extension extension;
    extension.stage = stage;
    extension.stages = 10'000 / stage;
    const double omega = extend(extension).stages.back().omega;
    const auto sqrt = [](std::int64_t steps) {
      return sums_of(evaluate(parse_schedule("sqrt"), steps, 1),
                     Values(static_cast<std::size_t>(steps), 1.0));
    };
    const double gamma = bound::optimal_gamma(sqrt(stage), 1);
    EXPECT_NEAR(omega / bound::omega(sqrt(10'000), 1, gamma), ratio, 6e-5) << stage;
  }
}

TEST(Extension, MovesTheCooldownToTheEnd) {
  Extension extension;
  extension.schedule = parse_schedule("wsd:cooldown=0.2");
  extension.stage = 99;  // N = floor(0.2 * 100) = 20, T_0 = 80.
  extension.stages = 2;
  const auto extended = extend(extension);
  EXPECT_EQ(extended.stages[0].end, 99);
  EXPECT_EQ(extended.stages[1].start, 81);
  EXPECT_LT(extended.stages[1].factor, 1);
}

TEST(Extension, MakesTheCooldownLongerInstead) {
  Extension extension;
  extension.schedule = parse_schedule("wsd:cooldown=0.2");
  extension.stages = 3;
  extension.by = Extension::By::cooldown;
  bool missed_below = false;
  bool missed_above = false;
  for (const std::int64_t length : {100, 150, 200, 400}) {
    extension.stage = length;
    const auto extended = extend(extension);
    for (std::size_t k = 1; k < extended.stages.size(); ++k) {
      const auto& stage = extended.stages[k];
      EXPECT_EQ(stage.factor, 1);
      EXPECT_GT(stage.cooldown, extended.stages[k - 1].cooldown);
      const auto miss = [&](double steps_more) {
        const auto cooldown_steps = std::round(stage.cooldown * static_cast<double>(stage.end + 1));
        auto schedule = extension.schedule;
        schedule.envelope.cooldown_steps = static_cast<std::int64_t>(cooldown_steps + steps_more);
        const auto steps = evaluate(schedule, stage.end, 1);
        const auto best = bound::optimal_gamma(sums_of(steps, Values(steps.size(), 1.0)), 1);
        if (steps_more == 0) {
          EXPECT_EQ(stage.gamma_opt, best);
        }
        return std::fabs(std::log(best / extended.gamma));
      };
      EXPECT_LT(miss(0), miss(-1)) << stage.end;
      EXPECT_LT(miss(0), miss(1)) << stage.end;
      missed_below |= stage.gamma_opt < extended.gamma;
      missed_above |= stage.gamma_opt > extended.gamma;
    }
  }
  EXPECT_TRUE(missed_below && missed_above);
}

// The norms decay to 0: new steps only change sums of steps, and gamma* hardly depends on the
// factor c. With 60 digits, mpmath finds these factors and d log gamma* / d log c = 0.058, 0.0034,
// 2e-4, 1.2e-5, 6.8e-7. Rounding gamma* by a relative 2^-52 moves the last factor by a relative
// 3e-10 and would move the next one by 6e-9.
TEST(Extension, EndsWhereRoundingWouldDecideOnTheFactor) {
  Extension extension;
  extension.norms = parse_gradient_norms("law:G1=1,A1=-0.1");
  extension.stages = 18;
  const auto extended = extend(extension);
  EXPECT_NEAR(extended.gamma, 0.45664462796072378, 1e-15);
  const Values factors = {1,
                          5311.3825136262343699,
                          28297111.193140019655,
                          150755456896.69157411,
                          803163550313999.24606,
                          4278927620884488088.2};
  ASSERT_EQ(extended.stages.size(), factors.size());
  for (std::size_t k = 0; k < factors.size(); ++k)
    EXPECT_NEAR(extended.stages[k].factor / factors[k], 1, 1e-9) << k;
  EXPECT_THAT(extended.ended, testing::StartsWith("stage 7: the factor near"));
}

TEST(Extension, LooksForSmallerFactorsWhereLargerOnesNeverRaiseTheBound) {
  // Norms 1, 1, 0, 0 and stages of two steps. Stage 1 has S = 2 and B = 1 + 1. With steps 1, 1, c,
  // c S = 2 + 2c and B = 1 / (1 + 2c) + 1 / (2c), whose product falls to 2 as c grows. It is 4
  // where 4c^2 - c - 1 = 0.
  Extension extension;
  extension.stage = 2;
  extension.stages = 2;
  extension.norms.values = {1, 1, 0, 0};
  const auto extended = extend(extension);
  ASSERT_EQ(extended.stages.size(), 2U) << extended.ended;
  // A condition number below 10 and some rounding errors of 1e-16.
  EXPECT_NEAR(extended.stages[1].factor, (1 + std::sqrt(17.0)) / 8, 1e-14);
}

/// Compares every stage after the first with all cooldowns of its length.
void expect_nearest_cooldowns(const Extension& extension, const Extended& extended) {
  const std::int64_t warmup = extension.schedule.envelope.warmup;
  for (std::size_t k = 1; k < extended.stages.size(); ++k) {
    const auto& stage = extended.stages[k];
    const Values norms = evaluate(extension.norms, stage.end);
    double nearest = std::numeric_limits<double>::infinity();
    for (std::int64_t length = 0; length <= stage.end + 1 - warmup; ++length) {
      auto schedule = extension.schedule;
      schedule.envelope.cooldown_steps = length;
      const auto sums = sums_of(evaluate(schedule, stage.end, 1), norms);
      nearest =
          std::min(nearest, std::fabs(std::log(bound::optimal_gamma(sums, 1) / extended.gamma)));
    }
    // Two lengths can be equally near but for rounding.
    EXPECT_NEAR(std::fabs(std::log(stage.gamma_opt / extended.gamma)), nearest, 1e-13)
        << "stage " << k + 1;
  }
}

/// The steps of a stage before its cooldown.
std::int64_t stable_steps(const Stage& stage) {
  const double cooled = std::floor(stage.cooldown * static_cast<double>(stage.end + 1) + 1e-9);
  return std::min(stage.end, stage.end + 1 - static_cast<std::int64_t>(cooled));
}

TEST(Extension, TakesTheNearestOfAllCooldownsEvenWhereGammaIsNotMonotone) {
  int branches_before_the_last_stage = 0;
  int cooldowns_of_all_steps = 0;
  const std::vector<std::string> laws = {"1",
                                         "law:G2=1,A2=-0.3",
                                         "law:G2=1,A2=-1",
                                         "law:G2=1,A2=-1.5",
                                         "law:G2=1,A2=-2",
                                         "law:G1=2,A1=-0.1,B=0.5",
                                         "law:G2=1,A2=0.5"};
  for (const std::string shape : {"linear", "sqrt", "cosine"})
    for (const std::string& law : laws)
      for (const std::int64_t warmup : {0, 5})
        for (const std::int64_t cooldown : {std::int64_t{6}, 21 - warmup}) {
          SCOPED_TRACE(shape + ", " + law + ", warmup " + std::to_string(warmup) + ", cooldown " +
                       std::to_string(cooldown));
          Extension extension;
          extension.schedule = parse_schedule("wsd:shape=" + shape);
          extension.schedule.envelope.warmup = warmup;
          extension.schedule.envelope.cooldown_steps = cooldown;
          extension.stage = 20;
          extension.stages = 3;
          extension.by = Extension::By::cooldown;
          extension.norms = parse_gradient_norms(law);
          const auto extended = extend(extension);
          expect_nearest_cooldowns(extension, extended);
          for (std::size_t k = 1; k < extended.stages.size(); ++k) {
            // A stage keeps the steps of the previous one up to the earlier cooldown.
            const std::int64_t before = stable_steps(extended.stages[k - 1]);
            const std::int64_t own = stable_steps(extended.stages[k]);
            EXPECT_EQ(extended.stages[k].start, std::min(before, own) + 1) << "stage " << k + 1;
            branches_before_the_last_stage += own < before ? 1 : 0;
            cooldowns_of_all_steps += own == warmup ? 1 : 0;
          }
        }
  EXPECT_GT(branches_before_the_last_stage, 0);
  EXPECT_GT(cooldowns_of_all_steps, 0);
}

TEST(Extension, PrintsACooldownThatGivesTheSameSchedule) {
  // 3 of 41 steps: the nearest with these norms, where gamma* has a maximum.
  Extension extension;
  extension.schedule = parse_schedule("wsd:cooldown=0.3,shape=cosine");
  extension.stage = 20;
  extension.stages = 2;
  extension.by = Extension::By::cooldown;
  extension.norms = parse_gradient_norms("law:G2=1,A2=-1");
  EXPECT_EQ(std::floor(extend(extension).stages[1].cooldown * 41), 3);
  for (std::int64_t steps = 1; steps < 400; ++steps)
    for (std::int64_t length = 0; length <= steps + 1; ++length)
      ASSERT_EQ(Envelope{.cooldown = Envelope::cooldown_of(length, steps)}.cooldown_length(steps),
                length)
          << length << " of " << steps;
  // The shortest decimal: 0.29 of 100 is 29, but 0.2 of 100 is not.
  EXPECT_EQ(Envelope::cooldown_of(29, 99), 0.29);
  EXPECT_EQ(Envelope::cooldown_of(1, 2), 0.4);  // 1.2 of 3 steps
}

TEST(Extension, RefusesWhatCannotBeExtended) {
  const auto expect = [](const Extension& extension, const std::string& part) {
    EXPECT_THAT([&] { extend(extension); },
                testing::ThrowsMessage<InputError>(testing::HasSubstr(part)));
  };
  Extension extension;
  extension.schedule = parse_schedule("cosine");
  expect(extension, "constant and wsd");
  extension = {};
  extension.by = Extension::By::cooldown;
  expect(extension, "no cooldown to lengthen");
  extension.schedule = parse_schedule("constant:cooldown=0.001");
  expect(extension, "has no step in a stage of 100 steps");
  extension.schedule = parse_schedule("wsd");
  extension.stages = 100;  // Even linear decay's gamma* falls below gamma.
  const auto ended = extend(extension);
  EXPECT_THAT(ended.ended, testing::StartsWith(
                               "stage 5: the base learning rate of stage 1 cannot stay optimal"));
  EXPECT_EQ(ended.stages.size(), 4U);
  EXPECT_GT(ended.stages[3].omega_linear, 0);
  extension = {};
  extension.stages = 0;
  expect(extension, "number of stages must be at least 1");
  extension = {};
  extension.norms = parse_gradient_norms("0");
  expect(extension, "no best learning rate");
  extension = {};
  extension.stage = std::int64_t{1} << 40;
  expect(extension, "of memory");
}

// All points lie exactly on the curve.
TEST(Fit, FindsWhatThePointsWereMadeFrom) {
  Values steps;
  Values power;
  Values logarithm;
  for (double t = 500; t <= 1e5; t *= 1.3) {
    steps.push_back(t);
    power.push_back(0.5 + 0.25 * std::pow(t, 0.125));
    logarithm.push_back(0.75 + 0.125 * std::pow(std::log(t), 0.5));
  }
  const auto p = fit_power(steps, power);
  // The search for c ends at half the digits, where the sum of squares is flat.
  EXPECT_NEAR(p.a, 0.5, 1e-5);
  EXPECT_NEAR(p.b, 0.25, 1e-5);
  EXPECT_NEAR(p.c, 0.125, 1e-5);
  EXPECT_LT(p.mean_absolute_deviation, 1e-8);
  const auto l = fit_logarithm(steps, logarithm);
  EXPECT_NEAR(l.a, 0.75, 1e-4);
  EXPECT_NEAR(l.b, 0.125, 1e-4);
  EXPECT_NEAR(l.c, 0.5, 1e-4);
}

// y = ln(T)^2 needs c = 2, and y = -1 + T needs a < 0. Neither is allowed.
TEST(Fit, KeepsToItsLimits) {
  Values steps;
  Values squares;
  Values low;
  for (double t = 10; t <= 100; t += 5) {
    steps.push_back(t);
    squares.push_back(std::log(t) * std::log(t));
    low.push_back(t - 1);
  }
  EXPECT_NEAR(fit_logarithm(steps, squares).c, 1, 1e-6);
  EXPECT_EQ(fit_power(steps, low).a, 0);
}

}  // namespace
}  // namespace lrscape
