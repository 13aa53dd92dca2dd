#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "command_line.hpp"

namespace lrscape::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using ScheduleCommand = CommandLine;

TEST_F(ScheduleCommand, PrintsAMultiplierForEachStep) {
  const Outcome outcome = run(words("schedule linear --steps 4"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "eta\n1\n0.75\n0.5\n0.25\n");
  EXPECT_EQ(run(words("schedule linear --steps 4 --lr 0.5")).out,
            "learning_rate\n0.5\n0.375\n0.25\n0.125\n");
}

// sqrt-epoch: 1 / sqrt(epoch), here of two steps each.
TEST_F(ScheduleCommand, CountsEpochsIfItIsToldTheirLength) {
  const auto lines = lrscape::test::split(
      run(words("schedule sqrt-epoch --steps 4 --steps-per-epoch 2")).out, '\n');
  EXPECT_THAT(lines, ElementsAre("eta", "1", "1", "0.7071067811865475", "0.7071067811865475"));
  expect_refused(words("schedule sqrt-epoch --steps 4"), {"--steps-per-epoch"});
}

TEST_F(ScheduleCommand, WritesWhatACustomScheduleReads) {
  const std::string cosine = run(words("schedule cosine:warmup=3 --steps 20")).out;
  std::ofstream(folder / "eta.csv") << cosine;
  const Outcome again = run(words("schedule custom:eta.csv --steps 20"));
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(again.out, cosine);
}

TEST_F(ScheduleCommand, RefusesWhatIsNoScheduleOrNoLength) {
  expect_refused(words("schedule cosin --steps 4"), {"cosine"});
  expect_refused(words("schedule cosine --steps 0"), {"--steps must be at least 1, not 0"});
  expect_refused(words("schedule wsd:cooldown=0.1,0.2 --steps 9"), {"2 schedules"});
  expect_refused(words("schedule cosine:warmup=9 --steps 9"), {"warmup"});
}

}  // namespace
}  // namespace lrscape::test
