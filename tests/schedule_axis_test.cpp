#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lrscape/error.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::string> texts_of(const std::string& typed) {
  std::vector<std::string> texts;
  for (const auto& schedule : parse_schedules(typed)) texts.push_back(schedule.to_string());
  return texts;
}

TEST(ScheduleAxis, VariesTheLastParameterFastest) {
  EXPECT_THAT(texts_of("wsd:shape=linear,sqrt,cooldown=0.1:0.3:3"),
              ElementsAre("wsd:cooldown=0.1,shape=linear", "wsd:cooldown=0.2,shape=linear",
                          "wsd:cooldown=0.3,shape=linear", "wsd:cooldown=0.1,shape=sqrt",
                          "wsd:cooldown=0.2,shape=sqrt", "wsd:cooldown=0.3,shape=sqrt"));
}

// Values are printed as the shortest text that reads back exactly, so parsing the text gives the
// same bits as the range.
TEST(ScheduleAxis, GivesTheSchedulesOfTheirTexts) {
  for (const std::string typed :
       {"wsd:cooldown=0.05:0.95:19,final=0.1,0.3", "cosine:warmup=0:100:11,final=lin:0:1:7",
        "power:p=log:0.1:10:13", "linear:final=log:1e-300:1:50",
        "piecewise:milestones=10:30:3,factors=0.1,0.5", "piecewise:milestones=3/5,factors=0.5/2",
        "custom:\"a,b.txt\",column=1:4:4,warmup=1,2"})
    for (const auto& schedule : parse_schedules(typed)) {
      const auto parsed = parse_schedule(schedule.to_string());
      EXPECT_EQ(parsed.values, schedule.values) << schedule.to_string();
      EXPECT_EQ(parsed.lists, schedule.lists) << schedule.to_string();
      EXPECT_EQ(parsed.envelope.warmup, schedule.envelope.warmup) << schedule.to_string();
      EXPECT_EQ(parsed.envelope.final_value, schedule.envelope.final_value) << schedule.to_string();
      EXPECT_EQ(parsed.file, schedule.file);
    }
}

TEST(ScheduleAxis, GivesARangeToAListOfOneValue) {
  EXPECT_THAT(
      texts_of("piecewise:factors=0.5,milestones=10:30:3"),
      ElementsAre("piecewise:milestones=10,factors=0.5", "piecewise:milestones=20,factors=0.5",
                  "piecewise:milestones=30,factors=0.5"));
}

TEST(ScheduleAxis, ChecksEveryValueOfARange) {
  const auto expect = [](const std::string& typed, const std::string& message) {
    EXPECT_THAT([&] { parse_schedules(typed); }, ThrowsMessage<InputError>(HasSubstr(message)))
        << typed;
  };
  expect("wsd:cooldown=0:2:3", "cooldown of wsd must be a number >= 0 and <= 1, not 2");
  expect("cosine:warmup=0:3:3", "warmup of cosine must be a whole number");
  expect("cosine:warmup=0:3:3", "not 1.5");
  expect("wsd:cooldwn=0:1:3", "the schedule wsd has no parameter 'cooldwn'");
  expect("wsd:shape=linear,0.5", "unknown shape of wsd '0.5'");
  expect("wsd:cooldown=0.1:0.2:2,cooldown=0.5", "cooldown is given twice");
  expect("wsd:cooldown=0:1:10001,final=0:1:1000", "schedules are allowed at once");
  expect("piecewise:milestones=10:30:3", "needs factors=");
  expect("custom:eta.txt,file=1:2:2", "the schedule custom has no parameter 'file'");
}

}  // namespace
}  // namespace lrscape
