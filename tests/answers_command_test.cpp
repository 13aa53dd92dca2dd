#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "command_line.hpp"
#include "lrscape/analysis.hpp"
#include "lrscape/store.hpp"

namespace lrscape::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// The commands show, slice and compare.
class AnswersCommand : public CommandLine {
 protected:
  void sweep(const std::string& name, const std::string& options) const {
    expect_done(Words{"sweep"} + words("--n 30 --n-val 20 --d 12 --batch 10 --device cpu "
                                       "--threads 1 --quiet --out " +
                                       name + " " + options));
  }

  /// A map of 5 x 4 cells with three seeds, whose largest learning rates diverge.
  void map(const std::string& name, const std::string& options = "") const {
    sweep(name,
          "--lr 1e-3:10:5 --wd 1e-2:10:4 --epochs 4 --seeds 3 --optimizer adamw-pt " + options);
  }

  json answers(const std::string& arguments) const {
    const Outcome outcome = run(words(arguments + " --json"));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out);
  }

  std::string text(const std::string& arguments) const {
    const Outcome outcome = Program(words(arguments), {{"LC_ALL", "C"}}, in_folder()).wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  }
};

struct Moments {
  double mean, error;
};

Moments moments(const double* losses, std::size_t count) {
  double mean = 0, square = 0;
  for (std::size_t k = 0; k < count; ++k) mean += losses[k] / static_cast<double>(count);
  for (std::size_t k = 0; k < count; ++k) square += std::pow(losses[k] - mean, 2);
  const auto n = static_cast<double>(count);
  return {mean, std::sqrt(square / (n - 1) / n)};
}

TEST_F(AnswersCommand, ShowTellsTheBestCellWithItsErrorAsJson) {
  map("a.zarr");
  const json all = answers("show a.zarr");
  ASSERT_EQ(all["results"].size(), 1U);
  const json& one = all["results"][0];
  const Result result = read_result(folder / "a.zarr");
  std::size_t best = 0, diverged = 0;
  for (std::size_t cell = 0; cell < 20; ++cell)
    if (moments(&result.validation_loss[3 * cell], 3).mean <
        moments(&result.validation_loss[3 * best], 3).mean)
      best = cell;
  for (const RunStatus status : result.status) diverged += status == RunStatus::diverged;
  const Moments expected = moments(&result.validation_loss[3 * best], 3);
  EXPECT_EQ(one["path"], "a.zarr");
  EXPECT_EQ(one["optimizer"], "adamw-pt");
  EXPECT_EQ(one["at"], json::object());
  EXPECT_EQ(one["runs"], (json{{"done", 60}, {"total", 60}, {"diverged", diverged}}));
  EXPECT_EQ(one["best"]["learning_rate"], result.learning_rates[best / 4]);
  EXPECT_EQ(one["best"]["weight_decay"], result.weight_decays[best % 4]);
  EXPECT_NEAR(one["best"]["loss"].get<double>(), expected.mean, 1e-12);
  EXPECT_NEAR(one["best"]["standard_error"].get<double>(), expected.error, 1e-12);
  EXPECT_GE(one["as_good_as_best"]["cells"], 1);
  EXPECT_TRUE(one["edge"].is_array());
  EXPECT_TRUE(one["ridge"].is_array());
}

TEST_F(AnswersCommand, ShowHasNoErrorForOneSeed) {
  sweep("a.zarr", "--lr 0.01,0.1 --wd 0.1,1 --epochs 1 --optimizer adamw-pt");
  const json one = answers("show a.zarr")["results"][0];
  EXPECT_TRUE(one["best"]["standard_error"].is_null());
  EXPECT_TRUE(one["as_good_as_best"].is_null());
  EXPECT_TRUE(one["slope"].is_null());
  EXPECT_THAT(text("show a.zarr"), Not(HasSubstr(" +- ")));
  const std::string reason = "a single seed gives no standard error and no interval";
  EXPECT_THAT(text("show a.zarr"), HasSubstr(reason));
  EXPECT_THAT(text("slice a.zarr"), HasSubstr(reason));
}

TEST_F(AnswersCommand, ShowStatesTheAnswersBelowTheMap) {
  map("a.zarr");
  const std::string shown = text("show a.zarr");
  EXPECT_THAT(shown, HasSubstr(" +- "));
  EXPECT_THAT(shown, HasSubstr(", mean of 3 seeds\n"));
  EXPECT_THAT(shown,
              testing::AnyOf(HasSubstr(" as good: lr "), HasSubstr("no other cell is as good")));
}

TEST_F(AnswersCommand, SaysThatTheBestCellIsAtAnEdgeAndWhereToLook) {
  // Far too small learning rates: the largest is the best.
  sweep("a.zarr", "--lr 1e-6:1e-4:3 --wd 0,0.1 --epochs 1 --seeds 2 --optimizer adamw-pt");
  EXPECT_THAT(
      text("show a.zarr"),
      HasSubstr("the best cell is at the highest learning rate; a sweep of larger learning rates"));
  EXPECT_THAT(text("show a.zarr --lr 1e-6:1e-5"),
              HasSubstr("is at the highest learning rate of this part; look at more of the"));
  EXPECT_EQ(answers("show a.zarr")["results"][0]["edge"][0], "highest learning_rate");
}

TEST_F(AnswersCommand, FiltersChooseAPart) {
  map("a.zarr", "--beta2 0.9,0.99");
  const json part = answers("show a.zarr --at beta2=0.99 --lr 1e-2:1 --wd 0.1:10")["results"];
  ASSERT_EQ(part.size(), 1U);
  EXPECT_EQ(part[0]["runs"]["total"], 3 * 3 * 3);
  EXPECT_EQ(part[0]["at"]["beta2"], 0.99);
  EXPECT_EQ(answers("show a.zarr --optimizer adamw-pt")["results"].size(), 2U);
  expect_refused(
      words("show a.zarr --optimizer adamw"),
      {"no map of --optimizer adamw; the results have adamw-pt; did you mean adamw-pt?"});
  expect_refused(words("show a.zarr --lr 2:3"),
                 {"a.zarr has no learning rate in --lr 2:3; the nearest are 1 and 10"});
  expect_refused(words("show a.zarr --wd 0"), {"no weight decay in --wd 0; the nearest is 0.01"});
  for (const std::string infinite : {"inf", "1:inf"})
    expect_refused(words("show a.zarr --wd " + infinite), {"--wd must be finite"});
  expect_refused(words("show a.zarr --lr 1:2:3"), {"--lr must be LOW:HIGH or one value"});
  expect_refused(words("show a.zarr --epoch 2"),
                 {"a.zarr: the result has no losses after epoch 2"});
}

TEST_F(AnswersCommand, TakeTheRunsOfSomeSeeds) {
  map("a.zarr");
  sweep("b.zarr", "--lr 1e-3:10:5 --wd 1e-2:10:4 --epochs 4 --first-seed 2 --optimizer adamw-pt");
  const json one = answers("show a.zarr --seed 2")["results"][0];
  const json alone = answers("show b.zarr")["results"][0];
  EXPECT_EQ(one["best"], alone["best"]);
  EXPECT_EQ(one["runs"], alone["runs"]);
  EXPECT_EQ(answers("show a.zarr --seed 0,2")["results"][0]["runs"]["total"], 40);
  expect_refused(words("show a.zarr --seed 3"), {"a.zarr has no seed 3; it has 0 to 2"});
}

TEST_F(AnswersCommand, AnOptimizerIsNamedWithOrWithoutItsParameters) {
  sweep("a.zarr",
        "--lr 0.01,0.1 --wd 0 --epochs 1 --optimizer sgd:momentum=0,0.9 --optimizer adamw-pt");
  EXPECT_EQ(answers("show a.zarr --optimizer sgd")["results"].size(), 2U);
  EXPECT_EQ(answers("show a.zarr --optimizer sgd:momentum=0.9")["results"].size(), 1U);
}

TEST_F(AnswersCommand, TakeTheLossesOfAnEpoch) {
  map("a.zarr", "--record epoch");
  const Result result = read_result(folder / "a.zarr");
  const json first = answers("show a.zarr --epoch 1")["results"][0];
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t cell = 0; cell < 20; ++cell) {
    double mean = 0;
    for (std::size_t seed = 0; seed < 3; ++seed)
      mean += result.validation_loss[(3 * cell + seed) * 4] / 3;
    least = std::min(least, mean);
  }
  EXPECT_NEAR(first["best"]["loss"].get<double>(), least, 1e-12);
  expect_refused(words("show a.zarr --epoch 5"), {"only after 1 to 4"});
}

TEST_F(AnswersCommand, SayWhichRunsEndBeforeAnEpoch) {
  sweep("a.zarr", "--lr 0.01,0.1 --wd 0.1,1 --epochs 2,4 --record epoch --optimizer adamw-pt");
  expect_refused(
      words("show a.zarr --epoch 3 --at epochs=2"),
      {"a.zarr: the runs of adamw-pt epochs=2 have 2 epochs, so no losses after epoch 3"});
  const Outcome outcome = run(words("show a.zarr --epoch 3 --json"));
  EXPECT_THAT(outcome.err, HasSubstr("warning: left out a.zarr: the runs of adamw-pt epochs=2"));
  const json found = json::parse(outcome.out)["results"];
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]["at"]["epochs"], 4);
  EXPECT_EQ(found[0]["runs"]["done"], 4);
  EXPECT_EQ(answers("show a.zarr --epoch 2")["results"].size(), 2U);
}

TEST_F(AnswersCommand, ShowDrawsARowAColumnAndACellAsCurves) {
  map("a.zarr", "--record epoch");
  const std::string row = text("show a.zarr --wd 0.1");
  EXPECT_THAT(row, HasSubstr("wd 0.1\n"));
  EXPECT_THAT(row, HasSubstr("  learning rate\n"));
  EXPECT_EQ(std::count(row.begin(), row.end(), 'o') >= 3, true);
  EXPECT_THAT(text("show a.zarr --lr 0.1"), HasSubstr("  weight decay\n"));
  const std::string cell = text("show a.zarr --lr 0.1 --wd 0.1");
  EXPECT_THAT(cell, HasSubstr("lr 0.1 wd 0.1"));
  EXPECT_THAT(cell, HasSubstr("  epoch\n"));
}

TEST_F(AnswersCommand, ShowDrawsMapsSideBySideOnAWideTerminal) {
  map("a.zarr");
  map("b.zarr");
  const auto first_line = [&](const std::string& columns) {
    const Outcome outcome =
        Program({"show", "a.zarr", "b.zarr"}, {{"COLUMNS", columns}, {"LC_ALL", "C"}}, in_folder())
            .wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    for (const auto& line : lrscape::test::split(outcome.out, '\n'))
      EXPECT_LE(line.size(), std::stoul(columns)) << line;
    return outcome.out.substr(0, outcome.out.find('\n'));
  };
  EXPECT_THAT(first_line("130"), HasSubstr("b.zarr"));
  EXPECT_THAT(first_line("80"), Not(HasSubstr("b.zarr")));
}

TEST_F(AnswersCommand, SliceFollowsBothStrategiesThroughTheBestCell) {
  map("a.zarr");
  const json best = answers("show a.zarr")["results"][0]["best"];
  const json slices = answers("slice a.zarr")["slices"];
  ASSERT_EQ(slices.size(), 2U);
  EXPECT_EQ(slices[0]["kind"], "weight_decay");
  EXPECT_EQ(slices[0]["held"], best["weight_decay"]);
  EXPECT_EQ(slices[0]["points"].size(), 5U);
  EXPECT_EQ(slices[1]["kind"], "product");
  EXPECT_EQ(slices[1]["held"],
            best["weight_decay"].get<double>() * best["learning_rate"].get<double>());
  double least = std::numeric_limits<double>::infinity();
  for (const json& point : slices[1]["points"])
    if (point["loss"].is_number()) least = std::min(least, point["loss"].get<double>());
  EXPECT_LE(least, best["loss"]);
  EXPECT_EQ(slices[0]["within"], 0.02);
}

TEST_F(AnswersCommand, SliceSaysWhatItInterpolates) {
  map("a.zarr");
  const std::string shown = text("slice a.zarr --wd 0.05");
  EXPECT_THAT(shown, HasSubstr("a.zarr  adamw-pt, wd 0.05\n"));
  EXPECT_THAT(shown, HasSubstr("5 of 5 points are interpolated between two weight decays\n"));
  EXPECT_THAT(shown, HasSubstr(" decades of the learning rate"));
  EXPECT_THAT(shown, HasSubstr("the loss is within 2 % of the expected best, "));
  EXPECT_TRUE(answers("slice a.zarr --wd 0.05")["slices"][0]["points"][0]["interpolated"]);
  EXPECT_EQ(answers("slice a.zarr --wd 0.1,1 --product 0.01 --within 5%")["slices"].size(), 3U);
  EXPECT_EQ(answers("slice a.zarr --within 5%")["slices"][0]["within"], 0.05);
  EXPECT_EQ(answers("slice a.zarr --within 0.05")["slices"][0]["within"], 0.05);
  expect_refused(words("slice a.zarr --wd 100"),
                 {"--wd 100 is outside the weight decays of the map, 0.01 to 10"});
  expect_refused(words("slice a.zarr --within 200%"), {"--within"});
  expect_refused(words("slice a.zarr --within x"), {"--within"});
}

TEST_F(AnswersCommand, CompareTakesTheCommonCellsSeedBySeed) {
  map("a.zarr");
  map("b.zarr", "--schedule cosine");
  const json one = answers("compare a.zarr b.zarr")["comparisons"][0];
  EXPECT_EQ(one["first"]["path"], "a.zarr");
  EXPECT_EQ(one["second"]["path"], "b.zarr");
  EXPECT_EQ(one["seeds"], 3);
  const Result a = read_result(folder / "a.zarr"), b = read_result(folder / "b.zarr");
  std::size_t both_diverged = 0;
  for (std::size_t cell = 0; cell < 20; ++cell) {
    bool in_a = false, in_b = false;
    for (std::size_t seed = 0; seed < 3; ++seed) {
      in_a = in_a || a.status[3 * cell + seed] == RunStatus::diverged;
      in_b = in_b || b.status[3 * cell + seed] == RunStatus::diverged;
    }
    both_diverged += in_a && in_b;
  }
  EXPECT_EQ(one["cells"].size() + one["diverged_in_both"].get<std::size_t>(), 20U);
  EXPECT_EQ(one["diverged_in_both"], both_diverged);
  const json& cell = one["cells"][0];  // The first cell has not diverged.
  double differences[3];
  for (std::size_t seed = 0; seed < 3; ++seed)
    differences[seed] = a.validation_loss[seed] - b.validation_loss[seed];
  EXPECT_NEAR(cell["difference"].get<double>(), moments(differences, 3).mean, 1e-12);
  EXPECT_NEAR(cell["standard_error"].get<double>(), moments(differences, 3).error, 1e-12);
  const std::size_t verdicts = one["first_better"].get<std::size_t>() +
                               one["second_better"].get<std::size_t>() +
                               one["no_clear_difference"].get<std::size_t>();
  EXPECT_EQ(verdicts, one["cells"].size());
  EXPECT_THAT(text("compare a.zarr b.zarr"),
              HasSubstr("best of result 1 minus best of result 2, seed by seed: "));
}

TEST_F(AnswersCommand, CompareRefusesWhatHasNothingInCommon) {
  map("a.zarr");
  map("b.zarr", "--first-seed 10");
  expect_refused(words("compare a.zarr b.zarr"),
                 {"a.zarr and b.zarr share no cell: they have no seed in common"});
  map("c.zarr", "--data-seed 3");
  EXPECT_THAT(run(words("compare a.zarr c.zarr")).err, HasSubstr("were trained on different data"));
  EXPECT_EQ(answers("compare a.zarr c.zarr")["comparisons"][0]["same_data"], false);
  expect_refused(words("compare a.zarr ./a.zarr/"), {"given twice"});
  map("d.zarr", "--schedule cosine");
  EXPECT_EQ(run(words("compare a.zarr d.zarr")).err, "");
  EXPECT_EQ(answers("compare a.zarr d.zarr")["comparisons"][0]["same_data"], true);
  sweep("e.zarr", "--lr 1e-3:10:5 --wd 1e-2:10:4 --epochs 4 --seeds 3 --optimizer sgd");
  expect_refused(words("compare a.zarr e.zarr --optimizer sgd"),
                 {"the first has no map of this optimizer"});
  expect_refused(words("compare a.zarr"), {"no SECOND given"});
  expect_refused(words("compare a.zarr d.zarr e.zarr"), {"unknown argument 'e.zarr'"});
  expect_refused(words("compare a.zarr a.zarr"), {"given twice"});
}

}  // namespace
}  // namespace lrscape::test
