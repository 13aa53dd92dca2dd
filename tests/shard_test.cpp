#include "cli/shard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <thread>

#include "command_line.hpp"
#include "lrscape/error.hpp"

namespace lrscape::test {
namespace {

using testing::HasSubstr;

ProcessShard chosen(const std::string& text, const Environment& environment = {}) {
  return cli::parse_shard(text, [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
}

void expect_shard(const Environment& environment, std::size_t index, std::size_t count,
                  const std::string& source) {
  const ProcessShard found = chosen("auto", environment);
  EXPECT_EQ(found.shard.index, index);
  EXPECT_EQ(found.shard.count, count);
  EXPECT_EQ(found.source, source);
}

void expect_error(const std::string& text, const Environment& environment,
                  const std::string& part) {
  EXPECT_THAT([&] { chosen(text, environment); },
              testing::ThrowsMessage<InputError>(HasSubstr(part)));
}

Environment array(const std::string& id, const std::string& first, const std::string& count,
                  const std::string& step = "1") {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_MIN", first},
          {"SLURM_ARRAY_TASK_COUNT", count},
          {"SLURM_ARRAY_TASK_STEP", step}};
}

TEST(ParseShard, TakesAPartFromOne) {
  EXPECT_EQ(chosen("").shard.count, 1U);
  EXPECT_EQ(chosen("2/3").shard.index, 1U);
  EXPECT_EQ(chosen("2/3").shard.count, 3U);
  for (const std::string wrong : {"0/3", "4/3", "1/0", "-1/2"}) expect_error(wrong, {}, "--shard");
  expect_error("3", {}, "auto or of the form i/n, not '3'");
}

TEST(ParseShard, FollowsASlurmArray) {
  expect_shard(array("1", "1", "40"), 0, 40, "SLURM_ARRAY_TASK_ID");
  expect_shard(array("40", "1", "40"), 39, 40, "SLURM_ARRAY_TASK_ID");
  expect_shard(array("0", "0", "3"), 0, 3, "SLURM_ARRAY_TASK_ID");
  expect_shard(array("14", "10", "5", "2"), 2, 5, "SLURM_ARRAY_TASK_ID");
  expect_shard(array("37", "1", "10", "4"), 9, 10, "SLURM_ARRAY_TASK_ID");  // --array=1-40:4
  expect_error("auto", array("9", "1", "4"), "without gaps, as in 1-4");
  expect_error("auto", array("7", "3", "3"),
               "task 7 is beyond an array of 3 tasks that starts at 3");
  expect_error("auto", array("13", "10", "5", "2"), "starts at 10 with step 2");
  expect_error("auto", array("x", "1", "4"), "SLURM_ARRAY_TASK_ID");
}

TEST(ParseShard, FollowsTheRanksOfAStep) {
  expect_shard({{"SLURM_PROCID", "2"}, {"SLURM_STEP_NUM_TASKS", "8"}}, 2, 8, "SLURM_PROCID");
  expect_shard({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "2"}}, 0, 2,
               "OMPI_COMM_WORLD_RANK");
  expect_shard({{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}}, 1, 2, "PMI_RANK");
  expect_error("auto", {{"PMI_RANK", "2"}, {"PMI_SIZE", "2"}}, "PMI_RANK names process 3 of 2");
}

// As measured with Open MPI 4.1 and Slurm 22.05: mpirun starts a daemon on each of two nodes, and
// each daemon two of four processes.
TEST(ParseShard, FollowsMpirunRatherThanItsDaemonsWithinAJob) {
  for (const auto& [daemon, rank] : {std::pair{0, 0}, {0, 1}, {1, 2}, {1, 3}})
    expect_shard({{"SLURM_PROCID", std::to_string(daemon)},
                  {"SLURM_STEP_NUM_TASKS", "2"},
                  {"OMPI_COMM_WORLD_RANK", std::to_string(rank)},
                  {"OMPI_COMM_WORLD_SIZE", "4"}},
                 static_cast<std::size_t>(rank), 4, "OMPI_COMM_WORLD_RANK");
  // The daemon of mpiexec, and a step of srun --mpi=pmi2, where both agree.
  for (const std::string nodes : {"2", "8"})
    expect_shard({{"SLURM_PROCID", "1"},
                  {"SLURM_STEP_NUM_TASKS", nodes},
                  {"PMI_RANK", "6"},
                  {"PMI_SIZE", "8"}},
                 6, 8, "PMI_RANK");
}

TEST(ParseShard, FollowsTheRanksWithinEachTaskOfAnArray) {
  Environment environment = array("3", "1", "4");
  environment["SLURM_PROCID"] = "1";
  environment["SLURM_STEP_NUM_TASKS"] = "2";
  expect_shard(environment, 5, 8, "SLURM_ARRAY_TASK_ID and SLURM_PROCID");
}

// A batch script runs once, whatever number of tasks it may start with srun.
TEST(ParseShard, DoesNotTakeABatchScriptForAStep) {
  expect_error("auto", {{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "8"}},
               "no scheduler has numbered this process");
}

using ShardCommand = CommandLine;

TEST_F(ShardCommand, TrainsThePartOfEachTask) {
  const std::string sweep =
      "sweep --n 20 --n-val 6 --d 5 --epochs 1 --optimizer adamw-pt --lr 1e-4:1:16 --wd 1e-3:1:16 "
      "--seeds 2 --device cpu --threads 1 --shard auto --out r.zarr";
  std::size_t trained = 0;
  for (const std::string id : {"1", "2", "3"}) {
    const Outcome outcome = Program(words(sweep), array(id, "1", "3"), in_folder()).wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("shard " + id + " of 3, from SLURM_ARRAY_TASK_ID\n"));
    std::size_t done = 0;
    for (const RunStatus status : read_result(folder / "r.zarr").status)
      done += status != RunStatus::not_run;
    EXPECT_GT(done, trained);
    trained = done;
  }
  EXPECT_EQ(trained, 512U);
}

// Slurm sends SIGTERM before it kills a task.
TEST_F(ShardCommand, EndsSoonAfterSigtermWithExitCode3AndARerunCompletesThePart) {
  // Plain code on one thread, so that there is much to interrupt.
  const std::string options =
      "--n 40 --n-val 7 --d 64 --epochs 20 --batch 4 --optimizer adamw-pt --lr 1e-3:1:40 "
      "--wd 1e-3:1:40 --seeds 1 --device cpu --threads 1 --simd plain";
  const auto part = [&](const std::string& id, const std::string& out) {
    return Program(words("sweep " + options + " --shard auto --out " + path(out)),
                   array(id, "1", "2"));
  };
  const auto whole = made(options, "whole.zarr");
  Program interrupted = part("2", "r.zarr");
  const auto has_a_chunk = [&] {
    std::error_code none_yet;
    for (const auto& entry :
         std::filesystem::directory_iterator(folder / "r.zarr/status", none_yet))
      if (entry.path().filename().string().starts_with("c.")) return true;
    return false;
  };
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(60);
  while (!has_a_chunk() && Clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto begin = Clock::now();
  interrupted.send(SIGTERM);
  const Outcome outcome = interrupted.wait();
  const std::chrono::duration<double> taken = Clock::now() - begin;
  EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("interrupted after "));
  // As docs/cluster.md says. The sanitizers slow the program down.
  EXPECT_LT(taken.count(), reserves_address_space ? 10 : 1);
  for (const std::string id : {"2", "1"}) {
    const Outcome rerun = part(id, "r.zarr").wait();
    EXPECT_EQ(rerun.exit_code, 0) << rerun.err;
  }
  expect_same_store(folder / "r.zarr", whole);
}

}  // namespace
}  // namespace lrscape::test
