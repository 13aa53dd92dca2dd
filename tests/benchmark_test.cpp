#include "lrscape/benchmark.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "backends.hpp"
#include "base/threads.hpp"
#include "command_line.hpp"

namespace lrscape::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Timing, FollowsFromItsNumbers) {
  Timing timing;
  timing.results = 10;
  timing.steps = 5000;
  timing.multiply_adds = 4e6;
  timing.fma_peak = 4e7;
  timing.seconds = {8, 0.5, 0.25};
  EXPECT_EQ(timing.median(), 0.5);
  EXPECT_EQ(timing.per_second(), 20);
  EXPECT_EQ(timing.ns_per_step(), 1e5);
  EXPECT_EQ(timing.share_of_peak(), 0.2);
  EXPECT_EQ(timing.bytes_per_step(), std::nullopt);
  timing.seconds.push_back(1);
  EXPECT_EQ(timing.median(), 0.75);
  timing.fma_peak = 0;
  EXPECT_EQ(timing.share_of_peak(), std::nullopt);
}

TEST(BenchmarkGpus, AreEachAloneAndSeveralTogether) {
  const auto names = [](std::vector<DeviceInfo> machine) {
    machine.insert(machine.begin(), {"cpu", "a CPU", ""});
    std::vector<std::string> all;
    for (const DeviceOptions& options : benchmark_gpus(machine)) all.push_back(options.device);
    return all;
  };
  const DeviceInfo first = {"cuda:0", "a GPU", "", ""};
  const DeviceInfo second = {"cuda:1", "a GPU", "", ""};
  const DeviceInfo too_old = {"cuda:0", "a GPU", "", "not used", false};
  EXPECT_THAT(names({}), IsEmpty());
  EXPECT_THAT(names({too_old, second}), ElementsAre("cuda:1"));
  EXPECT_THAT(names({first, second}), ElementsAre("cuda:0", "cuda:1", "cuda"));
}

TEST(Benchmark, DoesNoRunThatDiverges) {
  for (const std::string optimizer : {"adamw-pt", "sgd"}) {
    const Sweep sweep = benchmark_sweep(optimizer, 2, Precision::fp32);
    RunGroup extremes = {0, 0, {}, {}};
    for (const double rate : sweep.learning_rates)
      for (const double decay : sweep.weight_decays) {
        extremes.learning_rate.push_back(rate);
        extremes.weight_decay.push_back(decay);
      }
    const std::atomic<bool> stop = false;
    const auto results = OwnBackend(sweep, {"cpu", 0, ""})->train({&extremes, 1}, stop);
    for (const RunStatus status : results[0].status) EXPECT_EQ(status, RunStatus::ok) << optimizer;
  }
}

TEST(Benchmark, TimesSweepsAndBoundsOnAGpu) {
  if (!gpu_backend()) GTEST_SKIP() << "no GPU here";
  Sweep sweep = benchmark_sweep("adamw-pt", 32, Precision::fp32);
  SyntheticProblem shape;
  shape.rows = shape.validation_rows = 8;
  shape.features = 16;
  sweep.problem = make_synthetic(shape);
  sweep.batch_size = 8;
  sweep.epochs = 1;
  const std::vector<Sweep> sweeps = {sweep, with_fast_math(sweep).value()};
  const std::vector<BoundSweep> bounds = {benchmark_curve(70)};
  const std::vector<DeviceOptions> gpu = {benchmark_gpus(devices()).front()};
  const auto timings = benchmark(sweeps, bounds, gpu, 1);
  ASSERT_EQ(timings.size(), 3U);
  for (const Timing& timing : timings) {
    ASSERT_EQ(timing.seconds.size(), 1U);
    EXPECT_GT(timing.seconds[0], 0);
    EXPECT_EQ(timing.share_of_peak().has_value(), !timing.of_bounds);
  }
  // Runs fill whole grids of 1,024 cells. The step takes two products of eight rows with 16
  // features, and the loss one product of eight more rows.
  EXPECT_EQ(std::fmod(timings[0].results, 1024), 0);
  EXPECT_EQ(timings[0].steps, timings[0].results);
  EXPECT_EQ(timings[0].multiply_adds, timings[0].results * (2 * 8 * 16 + 8 * 16));
  EXPECT_GT(timings[0].fma_peak, 0);
  EXPECT_EQ(timings[1].math, MathMode::fast);
  EXPECT_EQ(timings[2].results, 70);
}

TEST(Benchmark, TakesFastMathOnlyWhereItCanChangeSomething) {
  const Sweep adamw = benchmark_sweep("adamw-pt", 1, Precision::fp32);
  const auto fast = with_fast_math(adamw);
  ASSERT_TRUE(fast);
  EXPECT_EQ(fast->math, MathMode::fast);
  // Double precision has no fast math. In Gram space, products are the smaller part of the work.
  EXPECT_FALSE(with_fast_math(benchmark_sweep("adamw-pt", 1, Precision::fp64)));
  EXPECT_FALSE(with_fast_math(benchmark_sweep("sgd", 32, Precision::fp32)));
  const std::vector<Sweep> both = {adamw, *fast};
  const auto timings = benchmark(both, {}, std::vector<DeviceOptions>{{"cpu", 1, ""}}, 1);
  ASSERT_EQ(timings.size(), 1U);
  EXPECT_EQ(timings[0].math, MathMode::reproducible);
}

TEST(Benchmark, TakesSchedulesThatDiffer) {
  const BoundSweep sweep = benchmark_schedules(3);
  EXPECT_EQ(sweep.schedules.size(), 3U);
  EXPECT_NE(sweep.schedules[0].to_string(), sweep.schedules[1].to_string());
  EXPECT_EQ(evaluate(sweep).sums.size(), 3U);
  EXPECT_EQ(evaluate(benchmark_curve(7)).sums.size(), 7U);
}

TEST(Benchmark, DoublesTheThreadsUpToAllCores) {
  std::vector<int> threads;
  for (const auto& options : benchmark_cpus("plain")) {
    threads.push_back(options.threads);
    EXPECT_EQ(options.device, "cpu");
    EXPECT_EQ(options.simd, "plain");
  }
  ASSERT_FALSE(threads.empty());
  EXPECT_EQ(threads.front(), 1);
  EXPECT_EQ(threads.back(), cpu_threads());
  for (std::size_t k = 1; k < threads.size(); ++k) {
    EXPECT_GT(threads[k], threads[k - 1]);
    EXPECT_LE(threads[k], 2 * threads[k - 1]);
  }
}

TEST(BytesMoved, HoldAllOfTheStateIfItFitsNoCache) {
  // One run, one step, one row, and more features than any core's cache holds.
  const std::size_t features = 16'000'000;
  Sweep sweep;
  sweep.problem = {Matrix(1, features), {0}, Matrix(1, features), {0}};
  sweep.learning_rates = sweep.weight_decays = {1};
  sweep.epochs = sweep.batch_size = 1;
  const RunGroup unit = {0, 0, {1}, {1}};
  const auto bytes = [&](std::string_view optimizer) {
    sweep.optimizers = {choose_optimizer(optimizer, {})};
    return OwnBackend(sweep, {"cpu", 1, "plain"})->bytes_moved({&unit, 1});
  };
  const auto adamw = bytes("adamw-pt");
  const auto sgd = bytes("sgd");
  if (!adamw) GTEST_SKIP() << "the C library does not know the caches of this processor";
  // Three passes over the weights, two over each state slot, and one over each of the two data
  // sets. The run reads three numbers and writes one loss.
  EXPECT_EQ(*adamw, 4.0 * (features * (3 + 2 * 2 + 2) + 4));
  EXPECT_EQ(*sgd, 4.0 * (features * (3 + 2 * 1 + 2) + 4));
}

TEST(BytesMoved, AreThoseOfTheDataAndTheResultsIfAllElseStaysInCaches) {
  const Sweep sweep = benchmark_sweep("adamw-pt", 1, Precision::fp32);
  const RunGroup unit = {0, 0, {1, 1, 1}, {1, 1, 1}};
  const auto bytes = OwnBackend(sweep, {"cpu", 1, "plain"})->bytes_moved({&unit, 1});
  if (!bytes) GTEST_SKIP() << "the C library does not know the caches of this processor";
  if (::sysconf(_SC_LEVEL3_CACHE_SIZE) < 2'000'000) GTEST_SKIP() << "a small last cache";
  // Two data sets of 200 rows with 1,000 features, padded to 1,008. Each run reads three numbers
  // and writes one loss.
  EXPECT_EQ(*bytes, 4.0 * (2 * 200 * 1008 + 3 * 4));
}

class BenchCommand : public ProgramInFolder {
 protected:
  json json_of(Words words) const {
    for (const std::string word : {"--side", "2", "--repeats", "2", "--json"})
      words.push_back(word);
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return json::parse(outcome.out);
  }

  /// The rows that were measured on the CPU.
  static std::vector<json> on_cpu(const json& rows) {
    std::vector<json> found;
    for (const json& row : rows)
      if (row["device"].get<std::string>().starts_with("CPU, ")) found.push_back(row);
    return found;
  }
};

void expect_rate(double found, double results, const json& row) {
  const auto seconds = row["seconds"].get<std::vector<double>>();
  ASSERT_EQ(seconds.size(), 2U);
  EXPECT_DOUBLE_EQ(found, results / ((seconds[0] + seconds[1]) / 2));
}

TEST_F(BenchCommand, MeasuresBothFamiliesAndBoundsOnEveryNumberOfThreads) {
  const json all = json_of({"bench", "--curve-steps", "300", "--schedules", "5"});
  const auto rows = on_cpu(all["rows"]);
  const auto bounds = on_cpu(all["bounds"]);
  const std::size_t ways = benchmark_cpus("").size();
  ASSERT_EQ(rows.size(), 2 * ways);
  ASSERT_EQ(bounds.size(), 2 * ways);
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const json& row = rows[k];
    EXPECT_EQ(row["optimizer"], k < ways ? "adamw-pt" : "sgd");
    const auto threads = "CPU, " + std::to_string(benchmark_cpus("")[k % ways].threads) + " thread";
    EXPECT_THAT(row["device"].get<std::string>(), HasSubstr(threads));
    EXPECT_EQ(row["math"], "reproducible");
    EXPECT_EQ(row["runs"], 4);
    expect_rate(row["runs_per_second"], 4, row);
    // A run has 500 steps.
    EXPECT_DOUBLE_EQ(row["ns_per_run_step"].get<double>(),
                     1e9 / (500 * row["runs_per_second"].get<double>()));
    EXPECT_GT(row["share_of_fma_peak"], 0);
    EXPECT_TRUE(row.contains("bytes_per_run_step"));
  }
  expect_rate(bounds[0]["bounds_per_second"], 300, bounds[0]);
  EXPECT_EQ(bounds[0]["work"], "every horizon of sqrt");
  EXPECT_EQ(bounds[0]["bytes_per_step"], 16);
  expect_rate(bounds[ways]["bounds_per_second"], 5, bounds[ways]);
  EXPECT_EQ(bounds[ways]["work"], "wsd schedules");
  EXPECT_EQ(bounds[ways]["steps"], 5 * 4000);
}

TEST_F(BenchCommand, MeasuresOneOptimizerAlone) {
  const json all = json_of({"bench", "--optimizer", "adamw-lh", "--simd", "plain"});
  EXPECT_EQ(all["bounds"], json::array());
  for (const json& row : on_cpu(all["rows"])) {
    EXPECT_EQ(row["optimizer"], "adamw-lh");
    EXPECT_THAT(row["device"].get<std::string>(), HasSubstr("plain"));
  }
}

TEST_F(BenchCommand, KeepsToTheCoresItMayUse) {
  const Words words = {"bench", "--side", "1", "--repeats", "1", "--optimizer", "sgd"};
  const Outcome outcome = run(words, [] {
    cpu_set_t one;
    CPU_ZERO(&one);
    cpu_set_t mine;
    if (::sched_getaffinity(0, sizeof(mine), &mine) != 0) ::_exit(126);
    for (int core = 0; core < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++core)
      if (CPU_ISSET(core, &mine)) CPU_SET(core, &one);
    if (::sched_setaffinity(0, sizeof(one), &one) != 0) ::_exit(126);
  });
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("CPU, 1 thread, "));
  EXPECT_THAT(outcome.out, Not(HasSubstr("threads")));
}

TEST_F(BenchCommand, RefusesSizesThatAreNone) {
  for (const std::string option : {"--side", "--curve-steps", "--schedules", "--repeats"}) {
    expect_refused({"bench", option, "0"}, {option, "from 1 to", "not 0"});
    expect_refused({"bench", option, "2000000000"}, {option, "not 2000000000"});
  }
  expect_refused({"bench", "--optimizer", "adamw-pd"}, {"adamw-pd", "did you mean adamw-p"});
}

}  // namespace
}  // namespace lrscape::test
