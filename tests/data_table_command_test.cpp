#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "lrscape/store.hpp"

namespace lrscape::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Sweeps on tables as people write them, each compared with a sweep on plain files that hold the
/// same numbers, written by hand.
class DataTable : public CommandLine {
 protected:
  Outcome train(const std::string& options, bool quiet = false) const {
    std::filesystem::remove_all(folder / "r.zarr");
    return run(Words{"sweep"} +
               words("--optimizer sgd --lr 1e-3 --wd 0.5 --epochs 3 --batch full --precision fp64 "
                     "--train-loss --device cpu --threads 1 --val-fraction 0.5 --out r.zarr " +
                     std::string(quiet ? "--quiet " : "") + options));
  }

  struct Trained {
    std::vector<double> losses;
    std::string err, source;
  };

  Trained trained(const std::string& options) const {
    const Outcome outcome = train(options);
    EXPECT_EQ(outcome.exit_code, 0) << options << "\n" << outcome.err;
    if (outcome.exit_code != 0) return {};
    const Result result = read_result(folder / "r.zarr");
    return {{result.validation_loss[0], result.train_loss[0]},
            outcome.err,
            nlohmann::json::parse(result.attributes)["problem"]};
  }

  /// The losses on features and targets in plain files without titles.
  std::vector<double> plain(const std::string& x, const std::string& y) const {
    write("plain-x.csv", x);
    write("plain-y.csv", y);
    return trained("--features plain-x.csv --targets plain-y.csv").losses;
  }

  void expect_train_refused(const std::string& options, const Words& parts) const {
    SCOPED_TRACE(options);
    const Outcome outcome = train(options);
    EXPECT_EQ(outcome.exit_code, 2);
    expect_one_line(outcome, parts);
    EXPECT_FALSE(std::filesystem::exists(folder / "r.zarr"));
  }

  const std::string features = "1.5,2.5\n2.5,-3.5\n3.5,0.5\n-4.5,1.5\n";
  const std::string targets = "1\n-2\n3\n-4\n";
};

TEST_F(DataTable, WarnsOfOtherTitlesInTheValidationData) {
  write("x.csv", "a,b\n" + features);
  write("x2.csv", "a,c\n" + features);
  write("y.csv", "t\n" + targets);
  write("y2.csv", "u\n" + targets);
  const auto warnings = [&](const std::string& x, const std::string& y) {
    const auto outcome =
        run(Words{"sweep"} +
            words("--optimizer sgd --lr 1e-3 --wd 0 --epochs 1 --batch full --device cpu --dry-run "
                  "--features x.csv --targets y.csv --val-features " +
                  x + " --val-targets " + y));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.err;
  };
  EXPECT_THAT(warnings("x.csv", "y.csv"), Not(HasSubstr("another title")));
  EXPECT_THAT(
      warnings("x2.csv", "y.csv"),
      HasSubstr("column 2 (c) of x2.csv is column 2 (b) of x.csv, which has another title"));
  EXPECT_THAT(
      warnings("x.csv", "y2.csv"),
      HasSubstr("column 1 (u) of y2.csv is column 1 (t) of y.csv, which has another title"));
}

TEST_F(DataTable, HoldsFeaturesAndTargets) {
  const auto expected = plain(features, targets);
  write("a.csv", "x,y,z\n1.5,1,2.5\n2.5,-2,-3.5\n3.5,3,0.5\n-4.5,-4,1.5\n");
  for (const std::string target : {"y", "2"}) {
    const Trained one = trained("--data a.csv --target " + target);
    EXPECT_EQ(one.losses, expected);
    EXPECT_EQ(one.source,
              "files: a.csv (titles in line 1, target column 2 (y)), 0.5 held out with seed 0");
    EXPECT_THAT(one.err, HasSubstr("lrscape: a.csv: line 1 is read as titles: x, y, z\n"));
  }
  // As in Europe, with an index of pandas.
  write("b.data", ";x;y;z\n0;1,5;1;2,5\n1;2,5;-2;-3,5\n2;3,5;3;0,5\n3;-4,5;-4;1,5\n");
  const Trained european = trained("--data b.data --target y");
  EXPECT_EQ(european.losses, expected);
  EXPECT_THAT(european.err,
              AllOf(HasSubstr("warning: b.data: column 1 has no title and counts 0, 1, 2, ...; it "
                              "is left out as an index"),
                    HasSubstr("decimal commas")));
  EXPECT_THAT(european.source, AllOf(HasSubstr("index column left out"), HasSubstr("decimal")));
  // Doubtful decisions are warnings, which --quiet keeps.
  const Outcome quiet = train("--data b.data --target y", true);
  EXPECT_THAT(quiet.err, AllOf(HasSubstr("index"), Not(HasSubstr("titles"))));
}

TEST_F(DataTable, HasNoExampleMadeOfTitles) {
  const auto expected = plain("1.5,2.5,9\n2.5,-3.5,8\n3.5,0.5,9\n-4.5,1.5,8\n", targets);
  write("x.csv", "0,1,2\n1.5,2.5,9\n2.5,-3.5,8\n3.5,0.5,9\n-4.5,1.5,8\n");
  write("y.csv", targets);
  const std::string files = "--features x.csv --targets y.csv";
  const Trained titled = trained(files);
  EXPECT_EQ(titled.losses, expected);
  EXPECT_THAT(titled.err, AllOf(HasSubstr("warning: x.csv: line 1 is read as titles: 0, 1, 2"),
                                HasSubstr("--header no")));
  expect_train_refused(files + " --header no", {"x.csv has 5 rows", "y.csv has 4 values"});
  write("y.csv", "5\n" + targets);
  EXPECT_THAT(trained(files + " --header no").err, Not(HasSubstr("titles")));
  expect_train_refused(files, {"x.csv (titles in line 1) has 4 rows", "y.csv has 5 values"});
}

TEST_F(DataTable, LosesItsIncompleteRowsOnRequest) {
  const auto expected = plain(features, targets);
  write("x.csv", "9,NA\n1.5,2.5\n2.5,-3.5\n?,1\n3.5,0.5\n7,8\n-4.5,1.5\n");
  write("y.csv", "5\n1\n-2\n7\n3\n\n-4\n");
  const std::string files = "--features x.csv --targets y.csv";
  expect_train_refused(files, {"x.csv: line 1, column 2", "missing", "--drop-missing"});
  const Trained one = trained(files + " --drop-missing");
  EXPECT_EQ(one.losses, expected);
  EXPECT_THAT(one.err, HasSubstr("warning: x.csv: 3 of 7 rows with missing values left out (line "
                                 "1, line 4, line 6)"));
  EXPECT_THAT(one.source, HasSubstr("3 of 7 rows with missing values left out"));
  write("x.csv", "9,NA\n");
  write("y.csv", "5\n");
  expect_train_refused(files + " --drop-missing", {"x.csv", "every row has a missing value"});
}

TEST_F(DataTable, HasTextsAsFeaturesOnRequest) {
  const auto expected = plain("1.5,0,1,2.5\n2.5,1,0,-3.5\n3.5,0,1,0.5\n-4.5,1,0,1.5\n", targets);
  write("a.csv", "x,color,z,y\n1.5,red,2.5,1\n2.5,blue,-3.5,-2\n3.5,red,0.5,3\n-4.5,blue,1.5,-4\n");
  expect_train_refused("--data a.csv --target y",
                       {"a.csv: line 2, column 2: found \"red\"", "--one-hot"});
  const Trained one = trained("--data a.csv --target y --one-hot");
  EXPECT_EQ(one.losses, expected);
  EXPECT_THAT(one.err, HasSubstr("column 2 (color) one-hot encoded as 2 features"));
  EXPECT_THAT(one.source, HasSubstr("column 2 (color) one-hot encoded as 2 features"));
  write("plain-x.csv", features);
  EXPECT_THAT(trained("--features plain-x.csv --targets plain-y.csv --one-hot").err,
              HasSubstr("warning: plain-x.csv: no column holds text"));
  expect_train_refused("--data a.csv --target color --one-hot", {"line 2, column 2", "\"red\""});
}

TEST_F(DataTable, HasAValidationTable) {
  write("x.csv", features);
  write("y.csv", targets);
  write("all.csv", "x,z,y\n1.5,2.5,1\n2.5,-3.5,-2\n3.5,0.5,3\n-4.5,1.5,-4\n");
  write("other.csv", "x,w,y\n1.5,2.5,1\n2.5,-3.5,-2\n3.5,0.5,3\n-4.5,1.5,-4\n");
  const auto without_split = [&](const std::string& options) {
    std::filesystem::remove_all(folder / "r.zarr");
    return run(Words{"sweep"} + words("--optimizer sgd --lr 1e-3 --wd 0 --epochs 1 --batch full "
                                      "--device cpu --threads 1 --train-loss --out r.zarr " +
                                      options));
  };
  // Both parts hold the same rows, so their losses are the same.
  for (const std::string options :
       {"--data all.csv --target y --val-data all.csv",
        "--features x.csv --targets y.csv --val-features x.csv --val-targets y.csv"}) {
    EXPECT_EQ(without_split(options).exit_code, 0) << options;
    const Result result = read_result(folder / "r.zarr");
    EXPECT_EQ(result.validation_loss[0], result.train_loss[0]) << options;
  }
  EXPECT_EQ(without_split("--data all.csv --target y --val-data all.csv --split-seed 1").exit_code,
            2);
  EXPECT_THAT(without_split("--data all.csv --target y --val-data other.csv").err,
              HasSubstr("column 2 (w) of other.csv is column 2 (z) of all.csv"));
}

TEST_F(DataTable, GetsAnIntercept) {
  const auto expected = plain("1.5,2.5,1\n2.5,-3.5,1\n3.5,0.5,1\n-4.5,1.5,1\n", targets);
  write("x.csv", features);
  write("y.csv", targets);
  const Trained one = trained("--features x.csv --targets y.csv --intercept");
  EXPECT_EQ(one.losses, expected);
  EXPECT_THAT(one.source, HasSubstr(", intercept"));
  // The intercept is not standardized: its column stays 1.
  EXPECT_THAT(trained("--features x.csv --targets y.csv --intercept --standardize").source,
              HasSubstr(", standardized, intercept"));
}

TEST_F(DataTable, WarnsOfTargetsFarFromZero) {
  write("x.csv", features);
  write("y.csv", "11\n12\n13\n14\n");
  const std::string files = "--features x.csv --targets y.csv";
  EXPECT_THAT(trained(files).err, AllOf(HasSubstr("the targets have mean"),
                                        HasSubstr("--intercept"), HasSubstr("--standardize")));
  EXPECT_THAT(trained(files + " --intercept").err, Not(HasSubstr("mean")));
  EXPECT_THAT(trained(files + " --standardize").err, Not(HasSubstr("mean")));
  write("ones.csv", "1.5,1\n2.5,1\n3.5,1\n-4.5,1\n");
  EXPECT_THAT(trained("--features ones.csv --targets y.csv").err, Not(HasSubstr("mean")));
  write("y.csv", targets);
  EXPECT_THAT(trained(files).err, Not(HasSubstr("mean")));
}

TEST_F(DataTable, WarnsOfColumnsThatStandardizationMakesZero) {
  write("x.csv", "1.5,0.30000000000000004\n2.5,0.3\n3.5,0.3\n-4.5,0.30000000000000004\n");
  write("y.csv", targets);
  EXPECT_THAT(trained("--features x.csv --targets y.csv --standardize").err,
              HasSubstr("warning: x.csv: column 2 is constant in the training rows"));
}

TEST_F(DataTable, IsRefusedBeyondTheRangeOfSinglePrecision) {
  write("x.csv", "1.5,2.5\n2.5,1e39\n3.5,0.5\n-4.5,1.5\n");
  write("y.csv", targets);
  const std::string files = "--features x.csv --targets y.csv --precision ";
  std::string options = files + "fp32";
  const auto single = run(Words{"sweep"} +
                          words("--optimizer sgd --lr 1e-3 --wd 0 --epochs 1 --batch full --device "
                                "cpu --threads 1 --out r.zarr " +
                                options));
  EXPECT_EQ(single.exit_code, 2);
  expect_one_line(single, {"feature 2", "1e+39", "fp32", "--precision fp64"});
  EXPECT_FALSE(std::filesystem::exists(folder / "r.zarr"));
}

TEST_F(DataTable, IsRefusedWithOptionsThatDoNotFit) {
  write("a.csv", "x,y\n1,2\n3,4\n");
  expect_train_refused("--data a.csv", {"--data", "without --target"});
  expect_train_refused("--data a.csv --target y --features a.csv --targets a.csv",
                       {"--data", "--features"});
  expect_train_refused("--data a.csv --target z", {"a.csv", "no column has the title z", "x, y"});
  expect_train_refused("--data a.csv --target y --n 5", {"--n", "--data"});
  write("one.csv", "y\n1\n2\n");
  expect_train_refused("--data one.csv --target y", {"one.csv", "the only column"});
  for (const std::string option : {"--intercept", "--one-hot", "--drop-missing", "--header yes"}) {
    const auto name = option.substr(0, option.find(' '));
    expect_refusal(sweep("--optimizer sgd --lr 1 --wd 0 --n 5 " + option, "r.zarr"),
                   {name, "files"});
  }
}

TEST_F(DataTable, SaysTheTitlesOfSchedulesAndNorms) {
  write("eta.csv", "eta\n1\n0.5\n");
  write("norms.txt", "norm\n1\n2\n");
  write("bare.txt", "1\n0.5\n");
  const Outcome bound = run({"bound", "--schedule", "custom:eta.csv", "--grad-norms", "norms.txt"});
  EXPECT_EQ(bound.exit_code, 0);
  EXPECT_THAT(bound.err, AllOf(HasSubstr("lrscape: eta.csv: line 1 is read as titles: eta"),
                               HasSubstr("lrscape: norms.txt: line 1 is read as titles: norm")));
  EXPECT_THAT(run({"bound", "--schedule", "custom:bare.txt"}).err, Not(HasSubstr("title")));
  EXPECT_THAT(run({"extend", "--stage", "1", "--stages", "2", "--grad-norms", "norms.txt"}).err,
              HasSubstr("norms.txt: line 1 is read as titles"));
  expect_refused({"bound", "--schedule", "custom:typo.txt"}, {"typo.txt", "no such file"});
  write("typo.txt", "1.O\n0.5\n");
  expect_refused({"bound", "--schedule", "custom:typo.txt"}, {"typo.txt: line 1", "\"1.O\""});
  // A remedy names only options that the command has.
  write("suspected.txt", "0\n0.5\n0.25\n");
  EXPECT_THAT(run({"bound", "--schedule", "custom:suspected.txt"}).err,
              AllOf(HasSubstr("may be a title"), Not(HasSubstr("--header"))));
}

}  // namespace
}  // namespace lrscape::test
