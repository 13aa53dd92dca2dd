#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/values_from_files.hpp"
#include "evaluated_schedule.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

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
        "wsd:cooldown=1,shape=cosine,warmup=9007199254740992,final=1",
        "sqrt:cooldown=0.25,shape=sqrt,warmup=3", "cosine:cooldown-steps=12,shape=linear",
        "wsd:cooldown-steps=0,shape=linear"}) {
    const auto once = parse_schedule(text);
    const auto twice = parse_schedule(once.to_string());
    EXPECT_EQ(once.to_string(), text);
    EXPECT_EQ(twice.name, once.name);
    EXPECT_EQ(twice.values, once.values);
    EXPECT_EQ(twice.envelope.warmup, once.envelope.warmup);
    EXPECT_EQ(twice.envelope.cooldown, once.envelope.cooldown);
    EXPECT_EQ(twice.envelope.cooldown_steps, once.envelope.cooldown_steps);
    EXPECT_EQ(twice.envelope.shape, once.envelope.shape);
    EXPECT_EQ(twice.envelope.final_value, once.envelope.final_value);
  }
}

TEST(ScheduleText, IsReadIntoParametersAndEnvelope) {
  const auto choice = parse_schedule("power:shape=cosine,final=0.125,p=2,cooldown=0.5,warmup=3");
  EXPECT_EQ(choice.name, "power");
  EXPECT_THAT(choice.values, ElementsAre(2));
  EXPECT_EQ(choice.envelope.warmup, 3);
  EXPECT_EQ(choice.envelope.cooldown, 0.5);
  EXPECT_EQ(choice.envelope.shape, Envelope::Shape::cosine);
  EXPECT_EQ(choice.envelope.final_value, 0.125);
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
                 "cooldown, cooldown-steps, shape, warmup, final");
  expect_refusal("linear:warm=1", "'warm'", "did you mean warmup?", "warmup, final");
  expect_refusal("linear:p=0.2", "'p'", "schedule linear");
}

TEST(ScheduleText, RefusesAParameterGivenTwice) {
  expect_refusal("linear:warmup=1,warmup=5", "warmup is given twice");
  expect_refusal("wsd:cooldown=0.1,cooldown-steps=5", "either cooldown or cooldown-steps");
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
  expect_conflict("piecewise:milestones=7/5,factors=1/1", "in increasing order");
  expect_conflict("piecewise:milestones=5/5,factors=1/1", "in increasing order");
  expect_conflict("piecewise:milestones=10,factors=0.5",
                  "the milestone 10, which is not before the last of 10 steps");
}

TEST(ScheduleText, RefusesWhatIsNotParameterEqualsValue) {
  expect_refusal("wsd:", "''", "parameter=value");
  expect_refusal("wsd:cooldown", "'cooldown'", "parameter=value");
  expect_refusal("wsd:cooldown=0.2,", "''", "parameter=value");
  expect_refusal("wsd:cooldown=", "cooldown", "''");
  expect_refusal("wsd:cooldown=0.2x", "cooldown", "'0.2x'", "not a number");
  expect_refusal("wsd:cooldown=0.2:0.4:3", "'0.2:0.4:3'", "not a number");
}

class CustomSchedule : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    std::string path = testing::TempDir() + name;
    std::ofstream(path) << text;
    return path;
  }

  static ScheduleSpec read(const std::string& text) {
    std::vector<io::Note> notes;
    return cli::with_values(parse_schedule(text), notes);
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
  EXPECT_EQ(eta_of("custom:" + file + ",warmup=1,final=0.5", 3), (Values{0.5, 1, 0.75}));
  EXPECT_EQ(read(read("custom:" + file).to_string()).lists,
            (std::vector<Values>{{1, 0.5, 0, 2e-3}}));
  const auto commas = write("custom,with,commas.txt", "1\n0.25\n");
  EXPECT_EQ(eta_of("custom:\"" + commas + "\",warmup=0", 2), (Values{1, 0.25}));
  EXPECT_EQ(parse_schedule(parse_schedule("custom:\"" + commas + "\"").to_string()).file, commas);
}

TEST_F(CustomSchedule, NamesItsFileAlsoAsItsPath) {
  const auto file = write("custom_path.csv", "step,eta\n1,1\n2,0.25\n");
  for (const std::string& text :
       {"custom:path=" + file + ",column=2", "custom:column=2,path=" + file,
        "custom:path=\"" + file + "\",column=2"})
    EXPECT_EQ(eta_of(text, 2), (Values{1, 0.25})) << text;
  EXPECT_EQ(parse_schedule("custom:path=a.csv").to_string(), "custom:a.csv");
  // A file of that name needs quotes, and keeps them.
  EXPECT_EQ(parse_schedule("custom:\"path=a.csv\"").file, "path=a.csv");
  EXPECT_EQ(parse_schedule("custom:\"path=a.csv\"").to_string(), "custom:\"path=a.csv\"");
  expect_refusal("custom:path=", "custom:FILE");
  expect_refusal("custom:path=a,path=b", "no parameter 'path'");
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
  expect_unreadable("custom:" + write("custom_nan.txt", "1\nnan\n"), "line 2, column 1");
  expect_unreadable("custom:" + write("custom_typo.txt", "1.O\n0.5\n"), "found \"1.O\"");
  expect_unreadable("custom:" + write("custom_ragged.csv", "1,2\n3\n"), "custom_ragged.csv");
  expect_unreadable("custom:" + write("custom_empty.txt", ""), "empty");
  const auto expect_conflict = [](const std::string& text, const std::string& part) {
    EXPECT_THAT([&] { eta_of(text, 2); }, ThrowsMessage<InputError>(HasSubstr(part))) << text;
  };
  expect_conflict("custom:" + write("custom_negative.txt", "1\n-1\n"), ">= 0");
  expect_conflict("custom:" + write("custom_zero.txt", "0\n0\n"), "only values of 0");
  expect_conflict("custom:" + write("custom_zero_first.txt", "0\n0\n1\n"), "only values of 0");
  // With N = 2 of 2 steps, the cooldown starts from the first value.
  expect_conflict("custom:" + write("custom_zero_start.txt", "0\n1\n") + ",cooldown-steps=2",
                  "only values of 0");
  expect_conflict("custom:" + write("custom_short.txt", "1\n"),
                  "has fewer values (1) than steps (2)");
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
  expect("custom:eta.txt", "file", 1, "the schedule custom has no parameter 'file'");
}

}  // namespace
}  // namespace lrscape::test
