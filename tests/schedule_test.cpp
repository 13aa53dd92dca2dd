#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include "cli/values_from_files.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule/list.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;
using Values = std::vector<double>;

Values eta(const std::string& text, std::int64_t steps, std::int64_t steps_per_epoch = 1) {
  return evaluate(parse_schedule(text), steps, steps_per_epoch);
}

/// Values worked by hand, each a few roundings of the exact one: within the four units in the last
/// place that EXPECT_DOUBLE_EQ allows.
void expect_values(const Values& given, const Values& expected) {
  ASSERT_EQ(given.size(), expected.size());
  for (std::size_t k = 0; k < given.size(); ++k)
    EXPECT_DOUBLE_EQ(given[k], expected[k]) << "at step " << k + 1;
}

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
}

TEST(Schedule, PolyDecayIsAPowerOfWhatIsLeft) {
  EXPECT_EQ(eta("poly-decay", 4), eta("linear", 4));
  EXPECT_EQ(eta("poly-decay:p=2", 4), (Values{1, 0.5625, 0.25, 0.0625}));
  EXPECT_EQ(eta("poly-decay:p=0", 3), (Values{1, 1, 1}));
  EXPECT_EQ(eta("poly-decay:p=2,warmup=1", 3), (Values{0.5, 1, 0.25}));
}

TEST(Schedule, PowerIsAPowerOfTheStep) {
  EXPECT_EQ(eta("power:p=2", 4), (Values{1, 0.25, 1 / 9.0, 0.0625}));
  expect_values(eta("power", 100), eta("sqrt", 100));
  EXPECT_EQ(eta("power:p=1,warmup=1", 3), (Values{0.5, 0.5, 1 / 3.0}));
}

TEST(Schedule, ExponentialFallsToRAfterTheLastStep) {
  expect_values(eta("exponential:r=0.0625", 4), {1, 0.5, 0.25, 0.125});
  EXPECT_EQ(eta("exponential:r=1", 3), (Values{1, 1, 1}));
  expect_values(eta("exponential:r=16,warmup=1", 3), {0.5, 1, 4});
}

// Powers of ten are their own known values; an exponent of 1e-200 amplifies a rounding 460 times
// unless it is put right.
TEST(Schedule, ExponentialKeepsItsDigitsOverTwoHundredDecades) {
  const auto values = eta("exponential:r=1e-200", 200);
  for (std::size_t k = 0; k < values.size(); ++k)
    EXPECT_DOUBLE_EQ(values[k], std::stod("1e-" + std::to_string(k)));
}

TEST(Schedule, PiecewiseMultipliesTheFactorsBehindIt) {
  EXPECT_EQ(eta("piecewise:milestones=2/3,factors=0.5/0.25", 5), (Values{1, 1, 0.5, 0.125, 0.125}));
  EXPECT_EQ(eta("piecewise:milestones=3,factors=2,warmup=2", 5),
            (Values{1 / 3.0, 2 / 3.0, 1, 2, 2}));
  EXPECT_EQ(eta("piecewise:milestones=1,factors=0.5,final=0.5", 2), (Values{1, 0.75}));
}

// N = floor(c (T + 1)) and T0 = T + 1 - N: one up to T0, then 1 - (t - T0) / N.
TEST(Schedule, WsdStartsItsCooldownWhereTheFloorSays) {
  EXPECT_EQ(eta("wsd", 4), (Values{1, 1, 1, 1}));                   // N = 1: zero at T + 1 alone
  EXPECT_EQ(eta("wsd", 9), (Values{1, 1, 1, 1, 1, 1, 1, 1, 0.5}));  // N = 2, T0 = 8
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

// N = T + 1 and T0 = 0: the first step is the first of the cooldown, not yet 1.
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
    if (requires { S::lists; }) return;  // Those do what they are told.
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

/// `tolerance` is relative, in units of 2^-53, half a unit in the last place of 1.
void expect_known(const Values& values, const std::vector<Known>& known, double tolerance) {
  for (const auto& [step, value] : known)
    EXPECT_NEAR(values[step - 1], value, tolerance * 0x1p-53 * value) << "at step " << step;
}

// Known values below: the formulas of DESIGN 1.3 in mpmath 1.3 at 400 bits, rounded to double.

TEST(Schedule, CosineKeepsAllDigitsToTheEnd) {
  // The angle carries 3 roundings (pi / 2, the quotient, the product) which sin does not amplify,
  // sin one of its own, squaring doubles the four and adds one; one more is the known value's.
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
  // Two quotients, a root and a sum, each rounded once, and the known value.
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
  // A root and a quotient, and the known value.
  expect_known(eta("sqrt", 100000),
               {{1, 1},
                {2, 0.70710678118654757},
                {3, 0.57735026918962573},
                {7, 0.37796447300922725},
                {99999, 0.0031622934716752666},
                {100000, 0.0031622776601683794}},
               3);
}

TEST(ScheduleWarmup, RisesInEqualSteps) {
  EXPECT_EQ(eta("constant:warmup=3", 5), (Values{0.25, 0.5, 0.75, 1, 1}));
  EXPECT_EQ(eta("constant:warmup=0", 2), (Values{1, 1}));
}

TEST(ScheduleWarmup, RestartsTheClockOfSchedulesThatEnd) {
  const double third = 1 / 3.0;
  expect_values(eta("linear:warmup=2", 5), {third, 2 * third, 1, 2 * third, third});
  expect_values(eta("cosine:warmup=2", 5), {third, 2 * third, 1, 0.75, 0.25});
  // Three steps of its own: N = floor(0.5 * 4) = 2.
  expect_values(eta("wsd:cooldown=0.5,warmup=2", 5), {third, 2 * third, 1, 1, 0.5});
  EXPECT_EQ(eta("linear:warmup=3", 4), (Values{0.25, 0.5, 0.75, 1}));
}

TEST(ScheduleWarmup, OnlyCutsSchedulesOfAbsoluteTime) {
  const double third = 1 / 3.0;
  const double root_half = 1 / std::numbers::sqrt2;
  const double root_third = 1 / std::numbers::sqrt3;
  expect_values(eta("sqrt:warmup=2", 4), {third, 2 * third, root_third, 0.5});
  expect_values(eta("sqrt-epoch:warmup=2", 6, 2),
                {third, 2 * third, root_half, root_half, root_third, root_third});
}

TEST(ScheduleWarmup, MustBeShorterThanTheSteps) {
  for (const auto* text : {"constant:warmup=5", "linear:warmup=5", "sqrt:warmup=5"}) {
    EXPECT_EQ(eta(text, 6).size(), 6U);
    for (const std::int64_t steps : {5, 4, 1})
      EXPECT_THAT([&] { eta(text, steps); },
                  ThrowsMessage<InputError>(AllOf(HasSubstr("warmup of 5 steps"),
                                                  HasSubstr(std::to_string(steps) + " steps"))));
  }
}

TEST(ScheduleFinal, IsApproachedInsteadOfZero) {
  EXPECT_EQ(eta("linear:final=0.5", 4), (Values{1, 0.875, 0.75, 0.625}));
  expect_values(eta("linear:final=0.1", 2), {1, 0.55});
  expect_values(eta("cosine:final=0.5", 3), {1, 0.875, 0.625});
  expect_values(eta("wsd:cooldown=0.5,final=0.2", 3), {1, 1, 0.6});
  EXPECT_EQ(eta("linear:final=1", 3), (Values{1, 1, 1}));
  EXPECT_EQ(eta("linear:final=0", 2), (Values{1, 0.5}));
}

TEST(ScheduleFinal, LeavesTheWarmupAlone) {
  EXPECT_EQ(eta("linear:warmup=1,final=0.5", 3), (Values{0.5, 1, 0.75}));
}

TEST(ScheduleFinal, LeavesTheStartAtExactlyOne) {
  for (const auto* value : {"0.1", "0.3", "1e-17", "0.9999999999999999"})
    EXPECT_EQ(eta(std::string("linear:final=") + value, 7).front(), 1) << value;
}

TEST(ScheduleText, SpellsOutEveryParameter) {
  EXPECT_EQ(parse_schedule("constant").to_string(), "constant");
  EXPECT_EQ(parse_schedule("wsd").to_string(), "wsd:cooldown=0.2,shape=linear");
  EXPECT_EQ(parse_schedule("wsd:final=0.1,shape=sqrt,warmup=7").to_string(),
            "wsd:cooldown=0.2,shape=sqrt,warmup=7,final=0.1");
}

TEST(ScheduleText, ReadsBackToTheSameBits) {
  for (const std::string text :
       {"constant", "linear", "cosine", "sqrt", "sqrt-epoch", "constant:warmup=12",
        "linear:final=0.30000000000000004", "cosine:warmup=1,final=1e-300",
        "wsd:cooldown=0.1,shape=linear", "wsd:cooldown=0.30000000000000004,shape=sqrt",
        "wsd:cooldown=1,shape=cosine,warmup=9007199254740992,final=1"}) {
    const auto once = parse_schedule(text);
    const auto twice = parse_schedule(once.to_string());
    EXPECT_EQ(once.to_string(), text);
    EXPECT_EQ(twice.name, once.name);
    EXPECT_EQ(twice.values, once.values);
    EXPECT_EQ(twice.warmup, once.warmup);
    EXPECT_EQ(twice.final_value, once.final_value);
  }
}

TEST(ScheduleText, IsReadIntoValuesInTheOrderOfTheParameters) {
  const auto choice = parse_schedule("wsd:shape=cosine,final=0.125,cooldown=0.5,warmup=3");
  EXPECT_EQ(choice.name, "wsd");
  EXPECT_THAT(choice.values, ElementsAre(0.5, 2));
  EXPECT_EQ(choice.warmup, 3);
  EXPECT_EQ(choice.final_value, 0.125);
}

template <class... Parts>
void expect_refusal(const std::string& text, const Parts&... parts) {
  EXPECT_THAT([&] { parse_schedule(text); },
              ThrowsMessage<InputError>(AllOf(HasSubstr(parts)..., testing::Not(HasSubstr("\n")))))
      << text;
}

TEST(ScheduleText, NamesTheNearestScheduleAndAllOfThem) {
  expect_refusal("cosin", "unknown schedule 'cosin'", "did you mean cosine?",
                 "constant, linear, poly-decay, cosine, sqrt, power, sqrt-epoch, exponential, wsd, "
                 "piecewise, custom");
  expect_refusal("Linear", "did you mean linear?");
  expect_refusal("", "unknown schedule ''", "constant");
}

TEST(ScheduleText, NamesTheNearestParameterAndAllOfThem) {
  expect_refusal("wsd:cooldwon=0.2", "'cooldwon'", "did you mean cooldown?",
                 "cooldown, shape, warmup, final");
  expect_refusal("linear:warm=1", "'warm'", "did you mean warmup?", "warmup, final");
  expect_refusal("linear:cooldown=0.2", "'cooldown'", "schedule linear");
}

TEST(Final, IsApproachedByEverySchedule) {
  // final + (1 - final) eta, with eta_4 = 1/2 of sqrt and 1/4 of linear over 4 steps, exactly.
  EXPECT_EQ(evaluate(parse_schedule("sqrt:final=0.5"), 4, 2).at(3), 0.75);
  EXPECT_EQ(evaluate(parse_schedule("linear:final=0.5"), 4, 2).at(3), 0.625);
  EXPECT_EQ(evaluate(parse_schedule("constant:final=0.5"), 4, 2).at(3), 1);
}

TEST(ScheduleText, RefusesAParameterGivenTwice) {
  expect_refusal("linear:warmup=1,warmup=5", "warmup is given twice");
}

TEST(ScheduleText, RefusesValuesOutOfRange) {
  expect_refusal("wsd:cooldown=1.01", "cooldown", ">= 0 and <= 1", "1.01");
  expect_refusal("wsd:cooldown=-0.01", "cooldown", "-0.01");
  expect_refusal("wsd:cooldown=nan", "cooldown", "nan");
  expect_refusal("linear:final=1.5", "final", ">= 0 and <= 1", "1.5");
  expect_refusal("linear:final=-1", "final", "-1");
  expect_refusal("linear:warmup=-1", "warmup", "whole number >= 0", "-1");
  expect_refusal("linear:warmup=2.5", "warmup", "whole number", "2.5");
  expect_refusal("linear:warmup=inf", "warmup", "inf");
  expect_refusal("wsd:shape=round", "shape of wsd", "'round'", "linear, sqrt, cosine");
  expect_refusal("wsd:shape=cosin", "did you mean cosine?");
}

TEST(ScheduleText, RefusesListsThatDoNotFit) {
  expect_refusal("piecewise", "needs milestones=");
  expect_refusal("piecewise:milestones=3", "needs factors=");
  expect_refusal("piecewise:milestones=0.5,factors=1", "milestones of piecewise", "whole number");
  expect_refusal("piecewise:milestones=5,factors=-1", "factors of piecewise", ">= 0");
  expect_refusal("piecewise:milestones=5/x,factors=1/2", "'x'");
  const auto expect_conflict = [](const std::string& text, const std::string& part) {
    EXPECT_THAT([&] { eta(text, 10); }, ThrowsMessage<InputError>(HasSubstr(part))) << text;
  };
  expect_conflict("piecewise:milestones=5/7,factors=0.5", "as many factors as milestones");
  expect_conflict("piecewise:milestones=7/5,factors=1/1", "must rise");
  expect_conflict("piecewise:milestones=5/5,factors=1/1", "must rise");
  expect_conflict("piecewise:milestones=10,factors=0.5", "milestone 10 does not lie before");
}

class CustomSchedule : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    std::string path = testing::TempDir() + name;
    std::ofstream(path) << text;
    return path;
  }

  static ScheduleSpec read(const std::string& text) {
    return cli::with_values(parse_schedule(text));
  }
  static Values eta_of(const std::string& text, std::int64_t steps) {
    return evaluate(read(text), steps, 1);
  }
  static void expect_unreadable(const std::string& text, const std::string& part) {
    EXPECT_THAT([&] { read(text); }, ThrowsMessage<InputError>(HasSubstr(part))) << text;
  }
};

TEST_F(CustomSchedule, IsParsedWithoutItsFile) {
  const auto choice = parse_schedule("custom:no_such_file.txt,column=3,warmup=1");
  EXPECT_EQ(choice.file, "no_such_file.txt");
  EXPECT_EQ(choice.to_string(), "custom:no_such_file.txt,column=3,warmup=1");
  EXPECT_THAT([&] { check_schedule(choice, 2); },
              ThrowsMessage<InputError>(HasSubstr("its file has not been read")));
  EXPECT_THAT([&] { evaluate(choice, 2, 1); },
              ThrowsMessage<InputError>(HasSubstr("its file has not been read")));
}

TEST_F(CustomSchedule, TakesItsValuesFromAFile) {
  const auto file = write("custom_schedule.txt", "1\n0.5\n0\n2e-3\n");
  EXPECT_EQ(eta_of("custom:" + file, 4), (Values{1, 0.5, 0, 2e-3}));
  EXPECT_EQ(eta_of("custom:" + file, 2), (Values{1, 0.5}));
  EXPECT_EQ(eta_of("custom:" + file + ",warmup=1,final=0.5", 3), (Values{0.5, 0.75, 0.5}));
  EXPECT_EQ(read(read("custom:" + file).to_string()).lists,
            (std::vector<Values>{{1, 0.5, 0, 2e-3}}));
  const auto commas = write("custom,with,commas.txt", "1\n0.25\n");
  EXPECT_EQ(eta_of("custom:\"" + commas + "\",warmup=0", 2), (Values{1, 0.25}));
  EXPECT_EQ(parse_schedule(parse_schedule("custom:\"" + commas + "\"").to_string()).file, commas);
}

TEST_F(CustomSchedule, TakesAColumn) {
  const auto file = write("custom_schedule.csv", "step,eta\n1,1\n2,0.25\n");
  EXPECT_EQ(eta_of("custom:" + file + ",column=2", 2), (Values{1, 0.25}));
  expect_unreadable("custom:" + file, "single column");
  expect_unreadable("custom:" + file + ",column=3", "has 2 columns");
}

TEST_F(CustomSchedule, RefusesWhatIsNoSchedule) {
  expect_refusal("custom", "custom:FILE");
  expect_unreadable("custom:no_such_file.txt", "no such file");
  expect_unreadable("custom:" + write("custom_nan.txt", "1\nnan\n"), "nan");
  expect_unreadable("custom:" + write("custom_ragged.csv", "1,2\n3\n"), "custom_ragged.csv");
  expect_unreadable("custom:" + write("custom_empty.txt", ""), "empty");
  const auto expect_conflict = [](const std::string& text, const std::string& part) {
    EXPECT_THAT([&] { eta_of(text, 2); }, ThrowsMessage<InputError>(HasSubstr(part))) << text;
  };
  expect_conflict("custom:" + write("custom_negative.txt", "1\n-1\n"), ">= 0");
  expect_conflict("custom:" + write("custom_zero.txt", "0\n0\n"), "all 0");
  expect_conflict("custom:" + write("custom_short.txt", "1\n"), "1 values for 2 steps");
}

TEST(ScheduleParameter, IsSetByItsName) {
  auto schedule = parse_schedule("wsd:shape=sqrt");
  set_parameter(schedule, "cooldown", 0.25);
  set_parameter(schedule, "warmup", 3);
  set_parameter(schedule, "final", 0.5);
  EXPECT_EQ(schedule.to_string(), "wsd:cooldown=0.25,shape=sqrt,warmup=3,final=0.5");
  schedule = parse_schedule("piecewise:milestones=3/5,factors=0.5/2");
  set_parameter(schedule, "milestones", 7);
  EXPECT_EQ(schedule.to_string(), "piecewise:milestones=7,factors=0.5/2");
}

TEST(ScheduleParameter, IsCheckedWhenItIsSet) {
  const auto expect = [](const std::string& text, std::string_view name, double value,
                         const std::string& part) {
    auto schedule = parse_schedule(text);
    EXPECT_THAT([&] { set_parameter(schedule, name, value); },
                ThrowsMessage<InputError>(HasSubstr(part)));
    EXPECT_EQ(schedule.to_string(), parse_schedule(text).to_string());
  };
  expect("wsd", "cooldwn", 0.1, "did you mean cooldown?");
  expect("wsd", "cooldown", 1.5, ">= 0 and <= 1, not 1.5");
  expect("linear", "warmup", 2.5, "whole number");
  expect("custom:eta.txt", "file", 1, "unknown parameter of the schedule custom 'file'");
}

TEST(ScheduleText, RefusesWhatIsNotParameterEqualsValue) {
  expect_refusal("wsd:", "''", "parameter=value");
  expect_refusal("wsd:cooldown", "'cooldown'", "parameter=value");
  expect_refusal("wsd:cooldown=0.2,", "''", "parameter=value");
  expect_refusal("wsd:cooldown=", "cooldown", "''");
  expect_refusal("wsd:cooldown=0.2x", "cooldown", "'0.2x'", "not a number");
  expect_refusal("wsd:cooldown=0.2:0.4:3", "'0.2:0.4:3'", "not a number");
}

}  // namespace
}  // namespace lrscape
