#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "command_line.hpp"
#include "lrscape/store.hpp"
#include "store/zarr.hpp"

namespace lrscape::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class ReuseCommand : public CommandLine {
 protected:
  Words sweep(const std::string& options) const {
    return Words{"sweep"} + words(
                                "--n 20 --n-val 6 --d 5 --epochs 2 --optimizer adamw-pt "
                                "--device cpu --threads 1 " +
                                options);
  }

  void expect_same(const std::string& one, const std::string& other) const {
    const Result a = read_result(folder / one);
    const Result b = read_result(folder / other);
    EXPECT_EQ(a.validation_loss, b.validation_loss);
    EXPECT_EQ(a.status, b.status);
    EXPECT_EQ(a.learning_rates, b.learning_rates);
  }
};

TEST_F(ReuseCommand, TrainsOnlyWhatIsNew) {
  expect_done(sweep("--lr 1e-4:1:5 --wd 0,0.1 --seeds 3 --out coarse.zarr"));
  expect_done(sweep("--lr 1e-4:1:9 --wd 0,0.1 --seeds 5 --out fresh.zarr"));
  const std::string finer =
      "--lr 1e-4:1:9 --wd 0,0.1 --seeds 5 --reuse coarse.zarr --out fine.zarr";
  // Every other of nine learning rates is one of five: 5 x 2 x 3 of 9 x 2 x 5 runs.
  const Outcome dry = run(sweep(finer + " --dry-run"));
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("\nreuse      30 of 90 runs\n"));
  const Outcome outcome = run(sweep(finer));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("30 runs were reused from earlier results"));
  EXPECT_THAT(outcome.err, HasSubstr("60 runs in "));
  expect_same("fine.zarr", "fresh.zarr");
  const Outcome again = run(sweep(finer));
  EXPECT_THAT(again.err, HasSubstr("all 90 runs of fine.zarr were already done\n"));
  EXPECT_THAT(again.err, Not(HasSubstr("earlier results")));
}

TEST_F(ReuseCommand, TakesSeveralResultsAndAddsAnAxis) {
  expect_done(sweep("--lr 0.01,0.1 --wd 0.1 --beta2 0.99 --out a.zarr"));
  expect_done(sweep("--lr 0.01,0.1 --wd 0.1 --beta2 0.9 --out b.zarr"));
  const std::string both = "--lr 0.01,0.1 --wd 0.1 --beta2 0.9,0.99 ";
  const Outcome outcome = run(sweep(both + "--reuse a.zarr --reuse b.zarr --out both.zarr"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("4 runs were reused from earlier results"));
  EXPECT_THAT(outcome.err, HasSubstr("0 runs in "));
  expect_done(sweep(both + "--out fresh.zarr"));
  expect_same("both.zarr", "fresh.zarr");
}

TEST_F(ReuseCommand, TakesAListFromAConfigFile) {
  expect_done(sweep("--lr 0.01 --wd 0.1 --out a.zarr"));
  expect_done(sweep("--lr 0.1 --wd 0.1 --out b.zarr"));
  std::ofstream(folder / "sweep.toml") << "reuse = [\"a.zarr\", \"b.zarr\"]\n";
  const Outcome outcome = run(sweep("--lr 0.01,0.1 --wd 0.1 --config sweep.toml --out both.zarr"));
  EXPECT_THAT(outcome.err, HasSubstr("2 runs were reused from earlier results"));
}

// A copy of a result, or a result that is being written, may have the status of a unit without its
// losses.
TEST_F(ReuseCommand, TakesNoRunWithoutItsLosses) {
  const std::string options = "--lr 0.01,0.1 --wd 0.1 --train-loss --save-weights ";
  for (const std::string array : {"validation_loss", "train_loss", "weights"}) {
    SCOPED_TRACE(array);
    std::filesystem::remove_all(folder / "a.zarr");
    std::filesystem::remove_all(folder / "b.zarr");
    expect_done(sweep(options + "--out a.zarr"));
    for (const auto& [name, bytes] : files_of(folder / "a.zarr" / array))
      if (name.starts_with("c.")) std::filesystem::remove(folder / "a.zarr" / array / name);
    const Outcome outcome = run(sweep(options + "--reuse a.zarr --out b.zarr"));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("none of the runs that both have is done"));
    const Result result = read_result(folder / "b.zarr", true);
    for (const double loss : result.validation_loss) EXPECT_FALSE(std::isnan(loss));
    for (const double weight : result.weights) EXPECT_FALSE(std::isnan(weight));
    if (array == "weights") continue;  // export reads no weights.
    EXPECT_THAT(run({"export", "a.zarr"}).out, HasSubstr("not_run"));
  }
}

TEST_F(ReuseCommand, SaysThatTheSharedRunsAreNotDone) {
  // Two units: all cells of the first seed, then all of the second.
  const std::string grid = "--lr 1e-3:1:8 --wd 1e-3:1:8 ";
  expect_done(sweep(grid + "--seeds 2 --shard 2/2 --out a.zarr"));
  const Outcome outcome = run(sweep(grid + "--reuse a.zarr --out b.zarr"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err,
              HasSubstr("reused from a.zarr: none of the runs that both have is done"));
}

TEST_F(ReuseCommand, RefusesACoordinateThatSomebodyChanged) {
  expect_done(sweep("--lr 0.01,0.1 --wd 0.1 --out a.zarr"));
  const std::vector<double> rates = {0.02, 0.1};
  std::ofstream(folder / "a.zarr/learning_rate/c.0", std::ios::binary) << zarr::with_checksum(
      {reinterpret_cast<const char*>(rates.data()), rates.size() * sizeof(double)});
  expect_refused(sweep("--lr 0.02 --wd 0.1 --reuse a.zarr --out b.zarr"),
                 {"a.zarr is damaged: its learning_rate_values do not match"});
}

TEST_F(ReuseCommand, IsNamedWhereAResultCannotGrowInPlace) {
  expect_done(sweep("--lr 0.01,0.1 --wd 0.1 --out a.zarr"));
  expect_refused(sweep("--lr 0.01,0.1 --wd 0.1 --seeds 2 --out a.zarr"),
                 {"the number of seeds is 1 in the result, but 2 in this command; choose a "
                  "different --out (--reuse takes over the runs that both sweeps have)"});
  const Outcome other = run(sweep("--lr 0.01,0.1 --wd 0.1 --batch 5 --out a.zarr"));
  EXPECT_THAT(other.err, Not(HasSubstr("--reuse")));
}

TEST_F(ReuseCommand, SaysWhyAResultHasNoRunOfTheSweep) {
  expect_done(sweep("--lr 0.01,0.1 --wd 0.1 --out a.zarr"));
  const Outcome outcome =
      run(sweep("--lr 0.01,0.1 --wd 0.1 --batch 5 --reuse a.zarr --out b.zarr"));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(
      outcome.err,
      HasSubstr("no run of this sweep can be reused from a.zarr: the batch size is 20 in the "
                "result, but 5 in this command"));
}

TEST_F(ReuseCommand, RefusesWhatIsNoEarlierResult) {
  expect_done(sweep("--lr 0.01,0.1 --wd 0.1 --out a.zarr"));
  expect_refused(sweep("--lr 0.01 --wd 0.1 --reuse a.zarr --out ./a.zarr"),
                 {"--reuse a.zarr is also --out"});
  expect_refused(sweep("--lr 0.01 --wd 0.1 --reuse c.zarr --out b.zarr"),
                 {"c.zarr: no such folder"});
  expect_refused(sweep("--lr 0.01 --wd 0.1 --math fast --reuse a.zarr --out b.zarr"),
                 {"fast math", "depend on the device"});
}

}  // namespace
}  // namespace lrscape::test
