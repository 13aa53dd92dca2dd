#include "cli/completion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/commands.hpp"

// Tests the completions that shells query. tests/python/test_completions.py tests the shells
// themselves.
namespace lrscape::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

Completions completions(const std::vector<std::string>& words) {
  return complete(make_commands(""), words);
}

std::vector<std::string> words_for(const std::vector<std::string>& words) {
  const Completions found = completions(words);
  EXPECT_EQ(found.kind, Completion::words);
  std::vector<std::string> all;
  for (const Candidate& one : found.words) all.push_back(one.word);
  return all;
}

TEST(Completions, OfTheFirstWordAreCommands) {
  EXPECT_THAT(words_for({""}),
              AllOf(Contains("sweep"), Contains("help"), Not(Contains("man-page"))));
  EXPECT_THAT(words_for({"sw"}), ElementsAre("sweep"));
  EXPECT_THAT(words_for({"--v"}), ElementsAre("--version"));
  EXPECT_THAT(words_for({"nothing"}), IsEmpty());
}

TEST(Completions, OfADashAreTheOptionsThatAreNotGivenYet) {
  EXPECT_THAT(words_for({"sweep", "--se"}), ElementsAre("--seeds"));
  EXPECT_THAT(words_for({"sweep", "--seeds", "3", "--se"}), IsEmpty());
  EXPECT_THAT(words_for({"sweep", "--seeds=3", "--se"}), IsEmpty());
  EXPECT_THAT(words_for({"bound", "--schedule", "sqrt", "--sch"}), ElementsAre("--schedule"));
  EXPECT_THAT(words_for({"sweep", "--"}),
              AllOf(Contains("--lr"), Contains("--help"), Each(StartsWith("--"))));
}

TEST(Completions, OfAValueAreItsChoices) {
  EXPECT_THAT(words_for({"sweep", "--precision", ""}), ElementsAre("fp32", "fp64"));
  EXPECT_THAT(words_for({"sweep", "--precision=fp6"}), ElementsAre("--precision=fp64"));
  EXPECT_THAT(words_for({"sweep", "--optimizer", "sgd,adamw-l"}), ElementsAre("sgd,adamw-lh"));
  EXPECT_THAT(words_for({"bound", "--schedule", "wsd:cooldown=0.1,sh"}),
              ElementsAre("wsd:cooldown=0.1,shape="));
  EXPECT_THAT(words_for({"sweep", "--epochs", ""}), IsEmpty());
  EXPECT_THAT(words_for({"completions", ""}), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(words_for({"help", "sch"}), ElementsAre("schedule", "schedules"));
}

TEST(Completions, OfAFileAreLeftToTheShell) {
  EXPECT_EQ(completions({"sweep", "--features", "da"}).kind, Completion::files);
  EXPECT_EQ(completions({"sweep", "--out=da"}).kind, Completion::folders);
  EXPECT_EQ(completions({"sweep", "--out=da"}).typed, "da");
  EXPECT_EQ(completions({"show", "a.zarr", ""}).kind, Completion::folders);
  EXPECT_EQ(completions({"export", ""}).kind, Completion::folders);
}

TEST(Completions, TakeAFlagForNoOptionWithAValue) {
  EXPECT_THAT(words_for({"sweep", "--quiet", "--prec"}), ElementsAre("--precision"));
  // The result is already given, so only options can follow.
  EXPECT_THAT(words_for({"export", "map.zarr", ""}), Contains("--format"));
}

}  // namespace
}  // namespace lrscape::cli
