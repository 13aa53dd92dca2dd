#include "lrscape/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include "awkward_sweep.hpp"
#include "backends.hpp"
#include "lrscape/error.hpp"
#include "run_parts.hpp"

// run() into a sink: the order of the units, the results, and the sink's contents after an early
// end.
namespace lrscape::test {
namespace {

TEST(Run, ReturnsEveryRunInItsPlace) {
  const Sweep sweep = six_units();
  const Result result = run(sweep, one_thread);
  EXPECT_EQ(result.seeds, (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(result.epochs, (std::vector<std::int64_t>{1, 2}));
  const auto expected = train(sweep, one_thread);
  ASSERT_EQ(result.run_count(), 2U * 81 * 3);
  for (std::size_t optimizer = 0; optimizer < 2; ++optimizer)
    for (std::size_t cell = 0; cell < 81; ++cell)
      for (std::size_t seed = 0; seed < 3; ++seed) {
        const std::size_t at = (optimizer * 81 + cell) * 3 + seed;
        const RunResults& from = expected[optimizer * 3 + seed];
        EXPECT_EQ(result.status[at], from.status[cell]);
        EXPECT_EQ(result.diverged_at_epoch[at], from.diverged_at_epoch[cell]);
        for (std::size_t e = 0; e < 2; ++e) {
          EXPECT_EQ(result.validation_loss[at * 2 + e], from.validation_loss[cell * 2 + e]);
          EXPECT_EQ(result.train_loss[at * 2 + e], from.train_loss[cell * 2 + e]);
        }
      }
}

TEST(Run, JoinsSeedsInAUnitWhereCellsAreFew) {
  Sweep sweep = six_units();
  sweep.learning_rates = {0.01};
  sweep.weight_decays = {0, 0.1, 1};
  sweep.seeds = 70;
  ASSERT_EQ(even_cut(sweep).seeds, 23U + 1);  // Three units of 24, 24 and 22 seeds.
  const Result result = run(sweep, one_thread);
  const auto expected = train(sweep, one_thread);
  for (std::size_t seed = 0; seed < 70; ++seed)
    for (std::size_t decay = 0; decay < 3; ++decay)
      EXPECT_EQ(result.validation_loss[(decay * 70 + seed) * 2 + 1],
                expected[seed].validation_loss[decay * 2 + 1])
          << seed << ", " << decay;
}

std::size_t made(const Result& result) {
  return static_cast<std::size_t>(std::ranges::count_if(
      result.status, [](auto status) { return status != RunStatus::not_run; }));
}

TEST(Run, GoesOnWithWhatTheSinkHas) {
  const PreparedSweep prepared(six_units());
  const auto backend = make_backend(prepared, one_thread);
  std::atomic<bool> stop = false;
  Watched watched(*backend, [&](int call) { stop = call == 3; });
  MemorySink sink(prepared.sweep());
  Watch watch;
  watch.stop = &stop;
  // Each wave has two units, and the stop comes in the third wave.
  EXPECT_THROW(run(prepared, watched, sink, watch), InterruptedError);
  EXPECT_EQ(made(sink.result()), 4U * 81);
  for (std::size_t run = 0; run < sink.result().run_count(); ++run)
    EXPECT_EQ(std::isnan(sink.result().validation_loss[2 * run]),
              sink.result().status[run] == RunStatus::not_run);

  stop = false;
  std::vector<std::pair<std::size_t, std::size_t>> told;
  watch.progress = [&](std::size_t done, std::size_t total) { told.emplace_back(done, total); };
  Watched again(*backend, [](int) {});
  const Report report = run(prepared, again, sink, watch);
  EXPECT_EQ(report.runs, 6U * 81);
  EXPECT_EQ(report.resumed_runs, 4U * 81);
  EXPECT_EQ(report.trained_runs, 2U * 81);
  EXPECT_THAT(
      told, testing::ElementsAre(testing::Pair(4U * 81, 6U * 81), testing::Pair(6U * 81, 6U * 81)));
  EXPECT_EQ(sink.result().validation_loss, run(prepared.sweep(), one_thread).validation_loss);
}

TEST(Run, KeepsAWaveThatWasCompleteWhenTheStopCame) {
  const PreparedSweep prepared(six_units());
  const auto backend = make_backend(prepared, one_thread);
  for (const int last : {1, 2, 3}) {
    std::atomic<bool> stop = false;
    Watched watched(
        *backend, [](int) {}, [&](int call) { stop = call == last; });
    MemorySink sink(prepared.sweep());
    Watch watch;
    watch.stop = &stop;
    // Three waves of two units: after the last one nothing is left to interrupt.
    if (last < 3)
      EXPECT_THROW(run(prepared, watched, sink, watch), InterruptedError);
    else
      EXPECT_EQ(run(prepared, watched, sink, watch).trained_runs, 6U * 81);
    EXPECT_EQ(made(sink.result()), static_cast<std::size_t>(last) * 2 * 81);
  }
}

TEST(Run, TellsTheTotalOfItsShardWhenItIsStoppedAtTheStart) {
  const PreparedSweep prepared(six_units());
  const auto backend = make_backend(prepared, one_thread);
  const std::atomic<bool> stop = true;
  MemorySink sink(prepared.sweep());
  Watch watch;
  watch.stop = &stop;
  try {
    run(prepared, *backend, sink, watch);
    FAIL();
  } catch (const InterruptedError& error) {
    EXPECT_STREQ(error.what(), "interrupted while checking which of 486 runs are done");
  }
}

TEST(Run, DoesTheUnitsOfItsShardAlone) {
  const PreparedSweep prepared(six_units());
  const auto backend = make_backend(prepared, one_thread);
  MemorySink sink(prepared.sweep());
  std::size_t runs = 0;
  for (const std::size_t index : {0, 1, 2, 3}) {
    runs += run(prepared, *backend, sink, {}, {index, 4}).runs;
    EXPECT_EQ(made(sink.result()), runs);
  }
  EXPECT_EQ(runs, 6U * 81);
  EXPECT_THROW(run(prepared, *backend, sink, {}, {4, 4}), InputError);
}

/// Takes 50 ms per call of take(), and throws at call `fatal`.
class SlowSink final : public Sink {
 public:
  SlowSink(const Sweep& sweep, int fatal) : memory_(sweep), fatal_(fatal) {}

  Cut cut() const override { return memory_.cut(); }
  State state(const Unit& unit) const override { return memory_.state(unit); }
  void take(std::span<const Unit> units, std::span<const RunResults> results) override {
    taking = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (++calls_ == fatal_) throw WriteError("no room");
    memory_.take(units, results);
    taking = false;
  }
  void finish() override { finished = true; }

  std::atomic<bool> taking = false;
  bool finished = false;

 private:
  MemorySink memory_;
  int fatal_;
  int calls_ = 0;
};

TEST(Run, LetsTheSinkTakeAWaveWhileTheNextIsTrained) {
  const PreparedSweep prepared(six_units());
  const auto backend = make_backend(prepared, one_thread);
  SlowSink sink(prepared.sweep(), 0);
  int beside = 0;
  Watched watched(*backend, [&](int) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    beside += sink.taking ? 1 : 0;
  });
  run(prepared, watched, sink);
  EXPECT_EQ(beside, 2);  // During every one of three waves but the first.
  EXPECT_TRUE(sink.finished);
}

TEST(Run, LetsWavesGrowWhileTheyAreQuick) {
  Sweep sweep = six_units();
  SyntheticProblem tiny;
  tiny.rows = tiny.validation_rows = tiny.features = 2;
  sweep.problem = make_synthetic(tiny);
  sweep.seeds = 40;  // 80 units of 81 runs.
  sweep.epochs = sweep.batch_size = 1;
  const PreparedSweep prepared(sweep);
  const auto backend = make_backend(prepared, {"cpu", 1, "plain"});
  MemorySink sink(sweep);
  std::vector<std::size_t> done;
  Watch watch;
  watch.progress = [&](std::size_t runs, std::size_t /*total*/) { done.push_back(runs); };
  run(prepared, *backend, sink, watch);
  // If no wave grew, each would need 32 runs, which a single unit provides. The first call of
  // `progress` reports the start.
  EXPECT_LT(done.size(), 1 + 80U);
  EXPECT_EQ(done.back(), 80U * 81);
}

/// Takes a millisecond for each run of the second optimizer.
class SlowInOne final : public Backend {
 public:
  explicit SlowInOne(Backend& backend) : backend_(backend) {}

  std::string description() const override { return backend_.description(); }
  std::string driver() const override { return {}; }
  std::size_t runs_to_fill() const override { return 64; }
  std::size_t working_bytes() const override { return 0; }
  std::vector<RunResults> train(std::span<const RunGroup> groups,
                                const std::atomic<bool>& stop) override {
    std::size_t slow = 0;
    for (const RunGroup& group : groups)
      if (group.configuration == 1) slow += group.learning_rate.size();
    std::this_thread::sleep_for(std::chrono::milliseconds(slow));
    most_slow_ = std::max(most_slow_, slow);
    return backend_.train(groups, stop);
  }
  std::size_t most_slow() const { return most_slow_; }

 private:
  Backend& backend_;
  std::size_t most_slow_ = 0;
};

TEST(Run, KeepsWavesOfASlowOptimizerShortAfterAQuickOne) {
  Sweep sweep = six_units();
  SyntheticProblem tiny;
  tiny.rows = tiny.validation_rows = tiny.features = 2;
  sweep.problem = make_synthetic(tiny);
  sweep.epochs = sweep.batch_size = 1;
  sweep.seeds = 1;
  sweep.learning_rates.clear();
  for (int k = 1; k <= 60; ++k) sweep.learning_rates.push_back(1e-3 * k);  // 540 runs each
  const PreparedSweep prepared(sweep);
  const auto backend = make_backend(prepared, one_thread);
  SlowInOne slow(*backend);
  MemorySink sink(sweep);
  run(prepared, slow, sink);
  EXPECT_EQ(made(sink.result()), 2U * 540);
  EXPECT_LE(slow.most_slow(), 2U * 64);
}

TEST(Run, ThrowsWhatTheSinkThrows) {
  const PreparedSweep prepared(six_units());
  const auto backend = make_backend(prepared, one_thread);
  for (const int fatal : {1, 2, 3}) {
    SlowSink sink(prepared.sweep(), fatal);
    Watched watched(*backend, [](int) {});
    EXPECT_THROW(run(prepared, watched, sink), WriteError) << fatal;
    EXPECT_FALSE(sink.finished);
  }
}

}  // namespace
}  // namespace lrscape::test
