#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "lrscape/store.hpp"
#include "simd/implementation.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using SweepCommand = CommandLine;

TEST_F(SweepCommand, SweepWritesAResultAndSpeaksOnStderrAlone) {
  const auto outcome = sweep(tiny + " --optimizer adamw-pt,sgd", "r.zarr");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("CPU, 2 threads, "), HasSubstr("120 runs in "),
                                 HasSubstr("written to " + path("r.zarr")),
                                 HasSubstr("adamw-pt: best validation loss "),
                                 HasSubstr("sgd: best validation loss "), Not(HasSubstr("\x1b"))));
  const Result result = read_result(path("r.zarr"));
  EXPECT_EQ(result.optimizers, (Words{"adamw-pt", "sgd"}));
  EXPECT_EQ(result.run_count(), 120U);
  EXPECT_EQ(std::count(result.status.begin(), result.status.end(), RunStatus::not_run), 0);
  EXPECT_EQ(fs::exists(folder / "r.zarr" / "epoch"), false);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1) << "left something beside it";
}

TEST_F(SweepCommand, QuietSweepSaysNothing) {
  EXPECT_EQ(sweep(tiny + " --optimizer sgd --quiet", "r.zarr").err, "");
}

TEST_F(SweepCommand, SweepGoesOnWithWhatIsThereAndRefusesToMix) {
  const auto options = tiny + " --optimizer sgd";
  const auto result = made(options, "r.zarr");
  const auto files = files_of(result);
  const auto again = sweep(options, "r.zarr/");
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("all 60 runs of "));
  EXPECT_TRUE(files_of(result) == files);
  expect_refusal(sweep(options + " --epochs 4", "r.zarr"),
                 {path("r.zarr"), "epochs is 3 in the result, but 4 in this command", "--out"});
  EXPECT_TRUE(files_of(result) == files);
}

TEST_F(SweepCommand, SweepTakesAPathInTheCurrentFolder) {
  Program program(words("sweep " + tiny + " --optimizer sgd --quiet --out r.zarr"), {},
                  in_folder());
  const auto outcome = program.wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(read_result(path("r.zarr")).run_count(), 60U);
}

TEST_F(SweepCommand, ResumedSweepNeverEndsWellWithAResultThatCannotBeRead) {
  const auto options = problem + " --lr 1e-3:1:3 --wd 0 --seeds 2 --optimizer sgd,adamw-pt --quiet";
  const auto result = made(options + " --record epoch", "r.zarr");
  const auto sound = files_of(result);
  const auto csv = run_program({"export", result.string()}).out;
  for (const std::string name :
       {"zarr.json", "epoch/zarr.json", "seed/c.0", "optimizer/c.0", "learning_rate/c.0",
        "validation_loss/zarr.json", "validation_loss/c.1.0.0.0.0", "status/c.0.0.0.0"})
    for (const std::string damage : {"gone", "", "{}", "half"}) {
      SCOPED_TRACE(name + ": " + damage);
      ASSERT_TRUE(sound.contains(name));
      if (damage == "gone")
        fs::remove(result / name);
      else
        write("r.zarr/" + name,
              damage == "half" ? sound.at(name).substr(0, sound.at(name).size() / 2) : damage);
      const auto outcome = sweep(options + " --record epoch", "r.zarr");
      if (outcome.exit_code == 0) {
        const auto read = run_program({"export", result.string()});
        EXPECT_EQ(read.exit_code, 0) << read.err;
        EXPECT_TRUE(read.out == csv);
      } else {
        expect_refusal(outcome, {result.string()});
      }
      write("r.zarr/" + name, sound.at(name));
    }
}

TEST_F(SweepCommand, DryRunWritesNothingAndNamesTheNumberOfRuns) {
  // An epoch has 3 steps and the 3 epochs have 9, so a warmup of 7 is longer than an epoch.
  for (const std::string schedule : {"constant", "cosine:warmup=7", "wsd:cooldown=0.5,warmup=4"}) {
    const auto outcome =
        sweep(tiny + " --optimizer adamw-pt,sgd --dry-run --schedule " + schedule, "r.zarr");
    EXPECT_EQ(outcome.exit_code, 0) << schedule << ": " << outcome.err;
    EXPECT_THAT(
        outcome.out,
        HasSubstr("2 optimizers x 6 learning rates x 5 weight decays x 2 seeds = 120 runs"));
    EXPECT_THAT(outcome.out, HasSubstr("3 epochs of 3 steps, batch 4, " +
                                       schedule.substr(0, schedule.find(':'))));
    EXPECT_THAT(outcome.out,
                AllOf(HasSubstr("CPU, 2 threads"), HasSubstr("memory"), HasSubstr("\ntime ")));
    EXPECT_TRUE(nothing_written());
  }
  EXPECT_EQ(run_program(words("sweep --optimizer sgd --dry-run " + tiny)).exit_code, 0)
      << "needs no --out";
}

TEST_F(SweepCommand, DryRunOfAShardTellsThatShard) {
  // 128 units of 64 runs: 3 for each of 40 shards, and one more for the first 8.
  const std::string options =
      problem + " --optimizer sgd --lr 1e-3:1:64 --wd 1e-3:1:32 --seeds 4 --dry-run --shard ";
  const auto of_shard = [&](const std::string& shard) {
    return sweep(options + shard, "r.zarr").out;
  };
  EXPECT_THAT(of_shard("8/40"),
              HasSubstr("\nshard      8 of 40: 4 of 128 units, 256 of 8,192 runs\n"));
  EXPECT_THAT(of_shard("9/40"),
              HasSubstr("\nshard      9 of 40: 3 of 128 units, 192 of 8,192 runs\n"));
  // Each run takes 9 bytes.
  EXPECT_THAT(of_shard("9/40"), HasSubstr("\nresult     1.7 KiB on disk\n"));
  EXPECT_THAT(of_shard("1/1"), Not(HasSubstr("shard")));
  EXPECT_TRUE(nothing_written());
}

TEST_F(SweepCommand, DryRunTellsWhatTheResultLacks) {
  // 12 units of 64 runs, four of them in a shard.
  const std::string options =
      problem + " --optimizer sgd --lr 1e-3:1:16 --wd 1e-3:1:16 --seeds 3 --quiet";
  const auto dry_run = [&](const std::string& more) {
    return sweep(options + more + " --dry-run", "r.zarr").out;
  };
  EXPECT_THAT(dry_run(""), Not(HasSubstr("\nleft ")));
  const auto result = made(options + " --shard 2/3", "r.zarr");
  const auto files = files_of(result);
  EXPECT_THAT(dry_run(""), HasSubstr("\nleft       512 of 768 runs\n"));
  EXPECT_THAT(dry_run(" --shard 2/3"), AllOf(HasSubstr("\nleft       0 of 256 runs\n"),
                                             HasSubstr("\ntime       about 0 s\n")));
  // A damaged unit counts as missing.
  for (const auto& [name, bytes] : files)
    if (name.starts_with("status/c")) {
      std::ofstream(result / name) << "damaged";
      break;
    }
  EXPECT_THAT(dry_run(""), HasSubstr("\nleft       576 of 768 runs\n"));
}

TEST_F(SweepCommand, RefusesDampeningWithoutMomentum) {
  const std::string options = tiny + " --optimizer sgd --dampening 0.5";
  expect_refusal(sweep(options, "r.zarr"), {"dampening has no effect", "momentum"});
  expect_refusal(sweep(options + " --momentum 0", "r.zarr"), {"dampening has no effect"});
  EXPECT_TRUE(nothing_written());
  made(options + " --momentum 0.9", "r.zarr");
}

TEST_F(SweepCommand, DryRunTellsTheSpaceOfEveryOptimizer) {
  const std::string wide =
      "--n 12 --n-val 8 --d 1500 --batch 4 --lr 1e-6:1e-4:6 --wd 0 --device cpu";
  const auto space = [&](const std::string& options) {
    const auto out = sweep(wide + " --dry-run " + options, "r.zarr").out;
    const auto begin = out.find("\nspace ");
    return begin == std::string::npos ? "" : out.substr(begin, out.find('\n', begin + 1) - begin);
  };
  const auto in_gram = AllOf(HasSubstr("adamw-pt on the weights (1,500 numbers per run)"),
                             HasSubstr("sgd in Gram space (12 numbers per run)"));
  EXPECT_THAT(space("--optimizer adamw-pt,sgd"), in_gram);
  EXPECT_THAT(space("--optimizer adamw-pt,sgd --gram auto"), in_gram);
  EXPECT_THAT(space("--optimizer sgd --gram on"), HasSubstr("sgd in Gram space"));
  EXPECT_THAT(space("--optimizer adamw-pt,sgd --gram off"),
              HasSubstr("sgd on the weights (1,500 numbers per run)"));
}

TEST_F(SweepCommand, DryRunTellsTheSizeOfTheResult) {
  // 8,192 runs with a loss of 4 or 8 bytes, or several, and 5 bytes for the status and the epoch.
  const std::string options =
      "--n 12 --n-val 8 --d 5 --batch 4 --epochs 3 --optimizer sgd --lr 1e-3:1:64 --wd 1e-3:1:32 "
      "--seeds 4 --device cpu --dry-run ";
  const auto expect = [&](const std::string& more, const std::string& size) {
    EXPECT_THAT(sweep(options + more, "r.zarr").out, HasSubstr("\nresult     " + size)) << more;
  };
  expect("", "72.0 KiB on disk");
  expect("--train-loss", "104.0 KiB on disk");
  expect("--precision fp64", "104.0 KiB on disk");
  expect("--record epoch", "136.0 KiB on disk");
}

TEST_F(SweepCommand, WritesTheSameStoreOnAnyNumberOfThreads) {
  const auto options = tiny + " --optimizer adamw-pt,sgd --record epoch --quiet --threads ";
  const auto one = made(options + "1", "1.zarr");
  for (const std::string threads : {"2", "16"}) {
    SCOPED_TRACE(threads);
    expect_same_store(made(options + threads, threads + ".zarr"), one);
  }
}

TEST_F(SweepCommand, WritesTheSameStoreWithEveryInstructionSet) {
  const auto options = tiny + " --optimizer adamw-pt,sgd --momentum 0.9 --record epoch";
  const auto best = made(options, "best.zarr", {{"LRSCAPE_SIMD", ""}});
  for (const auto* code : cpu::implementations()) {
    const std::string name(code->name);
    SCOPED_TRACE(name);
    const auto outcome = sweep(options, name + ".zarr", {{"LRSCAPE_SIMD", name}});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.err, HasSubstr("CPU, 2 threads, " + name + "\n"));
    expect_same_store(folder / (name + ".zarr"), best);
  }
  expect_refusal(sweep(options, "r.zarr", {{"LRSCAPE_SIMD", "sse9"}}), {"sse9", "plain"});
  const auto flag = sweep(options + " --simd plain", "flag.zarr", {{"LRSCAPE_SIMD", "sse9"}});
  EXPECT_THAT(flag.err, HasSubstr("threads, plain\n")) << "the command line beats the environment";
}

TEST_F(SweepCommand, FillsAResultShardByShard) {
  const auto options = tiny + " --optimizer adamw-pt,sgdw --train-loss --quiet";
  const auto whole = made(options, "whole.zarr");
  const auto parts = made(options + " --shard 1/2", "parts.zarr");
  const auto half = read_result(parts).status;
  EXPECT_EQ(std::count(half.begin(), half.end(), RunStatus::not_run), 60);
  made(options + " --shard 2/2", "parts.zarr");
  expect_same_store(parts, whole);
}

TEST_F(SweepCommand, FillsOneResultByThreeProcessesAtOnce) {
  const auto options =
      problem + " --lr 1e-3:1:3 --wd 0 --seeds 12 --optimizer adamw-pt,sgd --quiet --threads 1";
  const auto alone = made(options, "alone.zarr");
  for (const std::string name : {"first.zarr", "second.zarr"}) {
    std::vector<std::unique_ptr<Program>> programs;
    for (int k = 0; k < 3; ++k)
      programs.push_back(std::make_unique<Program>(Words{"sweep"} + last_of_each(options) +
                                                   Words{"--out", path(name)}));
    for (const auto& program : programs) {
      const auto outcome = program->wait();
      EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    }
    expect_same_store(folder / name, alone);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 3) << "left something beside them";
}

TEST_F(SweepCommand, GivesEachOptimizerItsOwnHyperparameters) {
  const auto refused = sweep(tiny + " --optimizer adamw-pt --momentum 0.9", "r.zarr");
  expect_refusal(refused, {"momentum is given", "adamw-pt"});
  EXPECT_TRUE(nothing_written());

  const auto both =
      made(tiny + " --optimizer adamw-pt,sgd --momentum 0.9 --nesterov --beta1 0.8", "both.zarr");
  const json optimizers = configuration_of(both)["optimizers"];
  EXPECT_EQ(optimizers[0]["name"], "adamw-pt");
  EXPECT_EQ(optimizers[0]["beta1"], 0.8);
  EXPECT_FALSE(optimizers[0].contains("momentum"));
  EXPECT_EQ(optimizers[1]["name"], "sgd");
  EXPECT_EQ(optimizers[1]["momentum"], 0.9);
  EXPECT_EQ(optimizers[1]["nesterov"], 1);
  EXPECT_FALSE(optimizers[1].contains("beta1"));

  // The map of each optimizer equals the map of a separate sweep.
  const auto adam = made(tiny + " --optimizer adamw-pt --beta1 0.8", "adam.zarr");
  const auto sgd = made(tiny + " --optimizer sgd --momentum 0.9 --nesterov", "sgd.zarr");
  auto losses = read_result(adam).validation_loss;
  const auto more = read_result(sgd).validation_loss;
  losses.insert(losses.end(), more.begin(), more.end());
  EXPECT_EQ(read_result(both).validation_loss, losses);
  const auto plain = made(tiny + " --optimizer sgd", "plain.zarr");
  EXPECT_NE(read_result(plain).validation_loss, more) << "the momentum was to matter";

  expect_refusal(sweep(tiny + " --optimizer sgd --momentum 1", "r.zarr"), {"momentum", "1"});
  expect_refusal(sweep(tiny + " --optimizer sgd --nesterov", "r.zarr"), {"nesterov", "momentum"});
}

}  // namespace
}  // namespace lrscape::test
