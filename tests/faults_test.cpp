#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "faulty_program.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;

/// A kind of call and the error with which it fails. A negative error is a signal that arrives
/// before the call.
struct Fault {
  std::string kind;
  int error;
  bool stays = false;  ///< Whether later calls fail as well.
};

const std::vector<Fault> all_faults = {{"open", EACCES},
                                       {"open", EMFILE},
                                       {"open", EIO},
                                       {"open", EINTR},
                                       {"read", EIO},
                                       {"read", EINTR},
                                       {"write", EIO},
                                       {"write", ENOSPC, true},
                                       {"write", EINTR},
                                       {"fsync", EIO},
                                       {"fsync", ENOSPC},
                                       {"fsync", EINTR},
                                       {"rename", EIO},
                                       {"rename", EACCES},
                                       {"rename", ENOSPC},
                                       {"mkdir", EACCES},
                                       {"mkdir", ENOSPC},
                                       {"close", EIO},
                                       {"remove", EIO},
                                       {"list", EIO},
                                       {"stat", EIO},
                                       {"memory", ENOMEM},
                                       {"memory", ENOMEM, true},
                                       {"memory", -SIGTERM},
                                       {"thread", EAGAIN},
                                       {"write", -SIGINT},
                                       {"rename", -SIGHUP}};

/// A command, what it begins with, and the kinds of its calls.
struct Scenario {
  enum class Begin { nothing, half, damaged };

  std::string name;
  Words command;
  Begin begin;
  std::string kinds;
};

const std::vector<Scenario> scenarios = {
    {"NewSweep", two_units(), Scenario::Begin::nothing,
     "open write fsync rename mkdir close list stat memory thread"},
    {"ContinuedSweep", two_units(), Scenario::Begin::damaged,
     "open read write fsync rename mkdir close remove list stat memory thread"},
    {"Show", words("show results/new/map.zarr"), Scenario::Begin::half,
     "open read close stat memory"},
    {"Export", words("export results/new/map.zarr"), Scenario::Begin::half,
     "open read close stat memory"},
    {"Bound", few_bounds(), Scenario::Begin::nothing,
     "open write fsync rename mkdir close stat memory thread"}};

/// The calls of one kind that a scenario makes.
struct ScenarioCalls {
  const Scenario& scenario;
  std::string kind;

  std::string name() const { return scenario.name + "_" + kind; }
  friend void PrintTo(const ScenarioCalls& calls, std::ostream* stream) { *stream << calls.name(); }
};

std::vector<ScenarioCalls> all_scenario_calls() {
  std::vector<ScenarioCalls> all;
  for (const Scenario& scenario : scenarios)
    for (const std::string& kind : words(scenario.kinds)) all.push_back({scenario, kind});
  return all;
}

class Faults : public FaultyProgram, public testing::WithParamInterface<ScenarioCalls> {
 protected:
  void SetUp() override {
    if (scenario.begin != Scenario::Begin::nothing) {
      ASSERT_EQ(run(two_units()).exit_code, 0);
      damage(work() / result, scenario.begin == Scenario::Begin::damaged);
    }
    if (scenario.begin == Scenario::Begin::damaged)
      for (const std::string file : {"", "/zarr.json", "/validation_loss/c.0.0.0.0"})
        abandon(work() / (result + file));
    fs::rename(work(), folder / "begin");
    begin_with(folder / "begin");
    undisturbed = run(scenario.command);
    ASSERT_EQ(undisturbed.exit_code, 0) << undisturbed.err;
    expected = found();
  }

  /// Lets the first call fail, the second and so on, until the command makes no more. Returns how
  /// often the command ended with each exit code.
  std::map<int, int> fail_each_call(const Fault& fault) {
    // Allocations are too many for a quick test, unless all are asked for.
    const bool every = fault.kind != "memory" || std::getenv("LRSCAPE_EVERY_FAULT") != nullptr;
    std::map<int, int> ends;
    for (int k = 1;; k += every ? 1 : 397) {
      const std::string chosen =
          fmt::format("{}:{}:{}{}", fault.kind, k, fault.error, fault.stays ? ":stays" : "");
      SCOPED_TRACE(chosen);
      begin_with(folder / "begin");
      const Outcome outcome = run(scenario.command, {{"LRSCAPE_FAULT", chosen}});
      expect_told(outcome, fault);
      if (outcome.exit_code == 0) {
        EXPECT_EQ(outcome.out, undisturbed.out);
      }
      if (std::ranges::none_of(calls(), &Call::failed)) {
        expect_undisturbed(outcome);
        return ends;
      }
      ++ends[outcome.exit_code];
      expect_sound();
      if (HasFailure()) return ends;
    }
  }

  /// Expects an exit code that fits the fault and, unless it is 0, one line that names the place.
  void expect_told(const Outcome& outcome, const Fault& fault) const {
    EXPECT_EQ(outcome.signal, 0) << outcome.err;
    if (outcome.exit_code == 0) {
      EXPECT_EQ(outcome.err, "");
      return;
    }
    expect_code(outcome.exit_code, fault);
    // GCC's OpenMP runtime allocates and starts threads, and has its own words if it cannot.
    if (outcome.err.starts_with("\nlibgomp: ") &&
        (fault.kind == "memory" || fault.kind == "thread")) {
      EXPECT_EQ(outcome.exit_code, 2);
      return;
    }
    if (fault.error < 0)
      expect_one_line(outcome, {"interrupted", "rerun the command"});
    else if (fault.kind == "memory")
      expect_lack_of_memory(outcome);
    else if (fault.kind == "thread")
      expect_one_line(outcome, {"the system could start only 1 of 2 threads"});
    else
      expect_one_line(
          outcome, {outcome.err.find("results") == std::string::npos ? work().string() : "results",
                    std::strerror(fault.error)});
  }

  /// Opening a folder and starting a thread need memory, and have errors of their own.
  static void expect_lack_of_memory(const Outcome& outcome) {
    expect_one_line(outcome, {});
    bool is_said = false;
    for (const std::string words :
         {"out of memory", "Cannot allocate memory", "the system could start only 1 of 2 threads"})
      is_said = is_said || outcome.err.find(words) != std::string::npos;
    EXPECT_TRUE(is_said) << outcome.err;
  }

  void expect_code(int code, const Fault& fault) const {
    const bool passes = fault.error == ENOSPC || fault.error == EMFILE;
    if (fault.error == EINTR)
      ADD_FAILURE() << "an interrupted call was not repeated";
    else if (fault.error < 0)
      EXPECT_EQ(code, 3);
    else if (!passes)
      EXPECT_EQ(code, 2);
    else if (scenario.name == "Bound")
      EXPECT_EQ(code, 1) << "nothing of an output that cannot be written is kept";
    else if (scenario.name == "NewSweep")
      EXPECT_EQ(code, 3);
    else
      EXPECT_TRUE(code == 2 || code == 3) << code;  // A file cannot be read, or not be written.
  }

  /// Expects that the same command without a fault ends as an undisturbed one does.
  void expect_sound() {
    if (!known.insert(found()).second) return;
    if (fs::exists(work() / result) && scenario.begin != Scenario::Begin::damaged) {
      EXPECT_EQ(run({"show", result}).exit_code, 0);
    }
    expect_undisturbed(run(scenario.command));
  }

  void expect_undisturbed(const Outcome& outcome) const {
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, undisturbed.out);
    const auto now = found();
    for (const auto& [name, bytes] : expected)
      EXPECT_TRUE(now.contains(name) && now.at(name) == bytes) << name;
    for (const auto& [name, bytes] : now) EXPECT_TRUE(expected.contains(name)) << name;
  }

  const std::string result = "results/new/map.zarr";
  const Scenario& scenario = GetParam().scenario;
  Outcome undisturbed;
  std::map<std::string, std::string> expected;
  std::set<std::map<std::string, std::string>> known;  ///< states that have been checked
};

TEST_P(Faults, EndWithAWordAndLeaveAResultThatTheSameCommandCompletes) {
  for (const Fault& fault : all_faults) {
    if (fault.kind != GetParam().kind) continue;
    int hits = 0;
    for (const auto& [code, count] : fail_each_call(fault)) {
      RecordProperty(fmt::format("{}_{}{}_exit_{}", fault.kind, fault.error,
                                 fault.stays ? "_stays" : "", code),
                     count);
      hits += count;
    }
    EXPECT_GT(hits, 0) << "the command makes no such call";
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(OfEachCall, Faults, testing::ValuesIn(all_scenario_calls()),
                         [](const auto& test) { return test.param.name(); });

class FewThreads : public FaultyProgram {};

TEST_F(FewThreads, ThanAskedForAreAnErrorThatSaysHowManyThereAre) {
  for (const Words& command : {two_units("4"), few_bounds("4")})
    for (const int others : {0, 1, 2}) {
      const Outcome outcome = run(command, {{"LRSCAPE_FAULT_THREADS", std::to_string(others)}});
      expect_refusal(
          outcome, {fmt::format("start only {} of 4 threads", others + 1), "use fewer --threads"});
      EXPECT_TRUE(fs::is_empty(work()));
    }
}

TEST_F(FewThreads, ThanCoresAreUsedAsTheyAre) {
  for (const Words& command : {two_units("0"), few_bounds("0")})
    for (const int others : {0, 1}) {
      const Outcome outcome = run(command, {{"LRSCAPE_FAULT_THREADS", std::to_string(others)}});
      EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    }
}

/// All threads that may live are those that train: none is left to store the runs meanwhile.
TEST_F(FewThreads, StoreTheRunsBetweenTrainings) {
  ASSERT_EQ(run(two_units()).exit_code, 0);
  const auto expected = found();
  fs::remove_all(work() / "results");
  const Outcome outcome = run(two_units(), {{"LRSCAPE_FAULT_THREADS", "1"}});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(std::ranges::any_of(calls(), &Call::failed));
  EXPECT_TRUE(found() == expected);
}

}  // namespace
}  // namespace lrscape::test
