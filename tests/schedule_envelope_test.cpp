#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <numbers>
#include <string>

#include "evaluated_schedule.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule/envelope.hpp"
#include "lrscape/schedule/list.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ScheduleWarmup, RisesInEqualSteps) {
  EXPECT_EQ(eta("constant:warmup=3", 5), (Values{0.25, 0.5, 0.75, 1, 1}));
  EXPECT_EQ(eta("constant:warmup=0", 2), (Values{1, 1}));
}

TEST(ScheduleWarmup, LetsEveryScheduleStartAfterIt) {
  const double third = 1 / 3.0;
  expect_values(eta("linear:warmup=2", 5), {third, 2 * third, 1, 2 * third, third});
  expect_values(eta("cosine:warmup=2", 5), {third, 2 * third, 1, 0.75, 0.25});
  EXPECT_EQ(eta("linear:warmup=3", 4), (Values{0.25, 0.5, 0.75, 1}));
  const double root_half = 1 / std::numbers::sqrt2;
  expect_values(eta("sqrt:warmup=2", 4), {third, 2 * third, 1, root_half});
  expect_values(eta("sqrt-epoch:warmup=2", 6, 2), {third, 2 * third, 1, 1, root_half, root_half});
}

TEST(ScheduleWarmup, LetsEveryScheduleStartAfterItWhateverItsName) {
  constexpr std::int64_t warmup = 9;
  Schedules::for_each([]<class S>() {
    if (
        requires { S::lists; } || requires { S::default_cooldown; })
      return;
    const std::string name(S::name);
    const auto plain = eta(name, 50, 7);
    const auto warm = eta(name + ":warmup=9", 50 + warmup, 7);
    for (std::size_t k = 0; k < plain.size(); ++k)
      EXPECT_EQ(warm[warmup + k], plain[k]) << name << " at step " << k + 1;
  });
}

// N = floor(c (T + 1)) of all T steps, the warmup included.
TEST(ScheduleCooldown, CountsTheStepsOfTheWarmup) {
  const double third = 1 / 3.0;
  expect_values(eta("wsd:cooldown=0.5,warmup=2", 5), {third, 2 * third, 1, 2 * third, third});
  expect_values(eta("wsd:cooldown-steps=2,warmup=2", 5), {third, 2 * third, 1, 1, 0.5});
}

TEST(ScheduleCooldown, StartsFromTheValueThatAnyScheduleHasReached) {
  // N = 2 of T = 4: step 3 is the last before the cooldown.
  EXPECT_EQ(eta("linear:cooldown-steps=2", 4), (Values{1, 0.75, 0.5, 0.25}));
  EXPECT_EQ(eta("power:p=1,cooldown=0.4", 4), (Values{1, 0.5, 1 / 3.0, 1 / 6.0}));
  EXPECT_EQ(eta("power:p=1,cooldown-steps=2,warmup=1", 5), (Values{0.5, 1, 0.5, 1 / 3.0, 1 / 6.0}));
  EXPECT_EQ(eta("piecewise:milestones=1,factors=0.5,cooldown-steps=4", 5),
            (Values{1, 0.5, 0.375, 0.25, 0.125}));
  // 1 - sqrt(1/4) = 1/2 of 1/2; the cosine is at 1/2 in the middle.
  EXPECT_EQ(eta("power:p=1,cooldown-steps=4,shape=sqrt", 5)[2], 0.25);
  expect_values(eta("power:p=1,cooldown-steps=2,shape=cosine", 3), {1, 0.5, 0.25});
  EXPECT_EQ(eta("constant:cooldown=0.25", 7), eta("wsd:cooldown=0.25", 7));
}

TEST(ScheduleCooldown, EndsAtTheFinalValue) {
  EXPECT_EQ(eta("linear:cooldown-steps=2,final=0.5", 4), (Values{1, 0.875, 0.75, 0.625}));
  EXPECT_EQ(eta("power:p=1,cooldown-steps=2,final=0.5", 3), (Values{1, 0.75, 0.625}));
}

TEST(ScheduleCooldown, OfAllStepsStartsFromTheFirstValue) {
  EXPECT_EQ(eta("sqrt:cooldown=1", 3), (Values{0.75, 0.5, 0.25}));
  EXPECT_EQ(eta("constant:cooldown-steps=3,warmup=1", 3), (Values{0.5, 2 / 3.0, 1 / 3.0}));
}

TEST(ScheduleCooldown, HasRoomForItselfAndTheWarmup) {
  const auto expect = [](const std::string& text, const std::string& part) {
    EXPECT_THAT([&] { eta(text, 5); }, ThrowsMessage<InputError>(HasSubstr(part))) << text;
  };
  EXPECT_EQ(eta("constant:cooldown-steps=6", 5).size(), 5U);
  expect("constant:cooldown-steps=7", "a cooldown of 7 steps does not fit");
  EXPECT_EQ(eta("constant:cooldown-steps=4,warmup=2", 5).size(), 5U);
  expect("constant:cooldown-steps=5,warmup=2",
         "a cooldown of 5 steps and a warmup of 2 steps do not fit");
  expect("wsd:cooldown=1,warmup=2", "at most 4 steps");
}

TEST(ScheduleWarmup, MustBeShorterThanTheSteps) {
  for (const auto* text : {"constant:warmup=5", "linear:warmup=5", "sqrt:warmup=5"}) {
    EXPECT_EQ(eta(text, 6).size(), 6U);
    for (const std::int64_t steps : {5, 4, 1})
      EXPECT_THAT(
          [&] { eta(text, steps); },
          ThrowsMessage<InputError>(AllOf(HasSubstr("warmup of 5 steps"),
                                          HasSubstr("of " + std::to_string(steps) + " step"))));
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

TEST(Final, IsApproachedByEverySchedule) {
  // final + (1 - final) eta_4, where over 4 steps eta_4 is exactly 1/2 for sqrt and 1/4 for linear.
  EXPECT_EQ(evaluate(parse_schedule("sqrt:final=0.5"), 4, 2).at(3), 0.75);
  EXPECT_EQ(evaluate(parse_schedule("linear:final=0.5"), 4, 2).at(3), 0.625);
  EXPECT_EQ(evaluate(parse_schedule("constant:final=0.5"), 4, 2).at(3), 1);
}

}  // namespace
}  // namespace lrscape::test
