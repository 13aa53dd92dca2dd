#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "lrscape/error.hpp"
#include "lrscape/run.hpp"
#include "run_parts.hpp"

// run() beside other processes, which claim units of the same sink.
namespace lrscape::test {
namespace {

/// Another process holds the claim on one unit until it has trained it.
class SharedSink final : public Sink {
 public:
  SharedSink(const Sweep& sweep, Unit other) : memory_(sweep), other_(std::move(other)) {}

  Cut cut() const override { return memory_.cut(); }
  State state(const Unit& unit) const override { return memory_.state(unit); }
  bool claim(const Unit& unit) override {
    if (unit == other_ && ++tries_ < 3) return false;
    if (unit == other_ && other_trains) memory_.take({&unit, 1}, other_results);
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(std::ranges::find(claimed, unit) == claimed.end());
    claimed.push_back(unit);
    return true;
  }
  /// Another thread than that of claim(): the one that stores a wave.
  void release(const Unit& unit) override {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(std::erase(claimed, unit), 1U);
  }
  void take(std::span<const Unit> units, std::span<const RunResults> results) override {
    if (fails) throw WriteError("no room");
    memory_.take(units, results);
  }

  bool fails = false;
  bool other_trains = false;
  std::vector<RunResults> other_results;
  std::vector<Unit> claimed;

 private:
  MemorySink memory_;
  Unit other_;
  int tries_ = 0;
  std::mutex mutex_;
};

TEST(Claims, WaitsForUnitsThatAnotherProcessTrains) {
  const PreparedSweep prepared(six_units());
  const auto backend = make_backend(prepared, one_thread);
  const auto units = units_of(prepared.sweep(), even_cut(prepared.sweep()));
  for (const bool other_trains : {true, false}) {
    SharedSink sink(prepared.sweep(), units[1]);
    sink.other_trains = other_trains;
    sink.other_results = {empty_results(prepared.sweep(), units[1].runs())};
    std::ranges::fill(sink.other_results[0].status, RunStatus::ok);
    const Report report = run(prepared, *backend, sink);
    EXPECT_EQ(report.others_runs, other_trains ? units[1].runs() : 0U);
    EXPECT_EQ(report.trained_runs + report.others_runs, 6U * 81);
    EXPECT_TRUE(sink.claimed.empty());
  }
}

TEST(Claims, GivesClaimsBackWhateverFails) {
  const PreparedSweep prepared(six_units());
  const auto backend = make_backend(prepared, one_thread);
  const auto units = units_of(prepared.sweep(), even_cut(prepared.sweep()));
  SharedSink sink(prepared.sweep(), units.back());
  Watched failing(*backend, [](int wave) {
    if (wave == 1) throw DeviceError("broken");
  });
  EXPECT_THROW(run(prepared, failing, sink), DeviceError);
  EXPECT_TRUE(sink.claimed.empty());
  sink.fails = true;
  EXPECT_THROW(run(prepared, *backend, sink), WriteError);
  EXPECT_TRUE(sink.claimed.empty());
}

}  // namespace
}  // namespace lrscape::test
