#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

#include "backends.hpp"
#include "command_line.hpp"

// Tests failures of the CUDA runtime. cuda/failing_runtime.cpp makes each allocation, launch, copy
// and wait of a sweep or a bound fail in turn.
namespace lrscape::test {
namespace {

namespace fs = std::filesystem;

#ifdef LRSCAPE_FAILING_RUNTIME
constexpr const char* failing_runtime = LRSCAPE_FAILING_RUNTIME;
#else
constexpr const char* failing_runtime = "";
#endif

/// Two run groups (one for each seed) of one optimizer: if they do not fit into GPU memory
/// together, the backend trains one after the other.
Words sweep_on(const std::string& device, const std::string& optimizer = "adamw-pt") {
  return {"sweep",    "--quiet", "--device", device, "--optimizer", optimizer, "--lr",  "0.01",
          "--wd",     "0.1",     "--n",      "6",    "--n-val",     "3",       "--d",   "4",
          "--epochs", "1",       "--batch",  "3",    "--seeds",     "2",       "--out", "map.zarr"};
}

class DeviceFaults : public ProgramInFolder {
 protected:
  void SetUp() override {
    if (!gpu_backend()) GTEST_SKIP() << "no GPU here";
  }

  /// Runs the program with one CUDA runtime call made to fail, such as "copy:3" for the third copy.
  /// An empty `fault` fails none.
  Outcome run_with(const std::string& fault, const Words& words) const {
    return run(words, [&] {
      ::setenv("LD_PRELOAD", failing_runtime, 1);
      ::setenv("LRSCAPE_FAULT", fault.c_str(), 1);
      ::setenv("LRSCAPE_FAULT_COUNTS", path("counts").c_str(), 1);
    });
  }

  /// How many calls of each kind the last program made. Calls of a statically linked runtime are
  /// not counted.
  std::map<std::string, int> counted_calls() const {
    std::ifstream file(path("counts"));
    std::map<std::string, int> calls;
    std::string kind;
    for (int count = 0; file >> kind >> count;) calls[kind] = count;
    return calls;
  }

  void start_anew() const {
    fs::remove_all(path("map.zarr"));
    fs::remove_all(path("bounds.zarr"));
  }

  /// Runs the program once for each call that the last program made, with that call made to fail.
  /// Passes the fault, such as "copy:3", and the outcome to `look`.
  template <class Look>
  void fail_each_call(const Words& words, const Look& look) const {
    const auto calls = counted_calls();
    ASSERT_EQ(calls.size(), 5U);
    for (const auto& [kind, count] : calls) EXPECT_GT(count, 0) << kind;
    for (const auto& [kind, count] : calls)
      for (int call = 1; call <= count; ++call) {
        const std::string fault = kind + ":" + std::to_string(call);
        SCOPED_TRACE(fault);
        start_anew();
        const Outcome outcome = run_with(fault, words);
        EXPECT_EQ(outcome.signal, 0);
        look(fault, outcome);
        if (HasFailure()) return;
      }
  }
};

/// First runs the program undisturbed. Skips the test if no CUDA runtime call can be made to fail.
#define LRSCAPE_RUN_UNDISTURBED(words)         \
  ASSERT_EQ(run_with("", words).exit_code, 0); \
  if (counted_calls()["allocation"] == 0)      \
  GTEST_SKIP() << "the CUDA runtime is a part of the program: nothing can stand in its way"

TEST_F(DeviceFaults, EndASweepInALineAndTheSameCommandGoesOn) {
  const Words words = sweep_on("cuda:0");
  LRSCAPE_RUN_UNDISTURBED(words);
  const auto whole = files_of(path("map.zarr"));
  int halved = 0;
  int resumed = 0;
  fail_each_call(words, [&](const std::string& fault, const Outcome& outcome) {
    if (outcome.exit_code == 0) {
      EXPECT_TRUE(fault.starts_with("allocation")) << "nobody noticed";
      EXPECT_EQ(outcome.err, "");
      ++halved;
    } else {
      EXPECT_EQ(outcome.exit_code, 4) << outcome.err;
      expect_one_line(outcome, {"(cuda:0)"});
      if (fault.starts_with("kernel"))
        expect_one_line(outcome,
                        {"the training kernel failed: an illegal", "to continue map.zarr"});
      if (!fs::exists(path("map.zarr"))) return;  // No result yet: nothing to resume.
      expect_done(words);
      ++resumed;
    }
    EXPECT_TRUE(files_of(path("map.zarr")) == whole);
  });
  EXPECT_GT(halved, 0);
  EXPECT_GT(resumed, 0);
}

TEST_F(DeviceFaults, EndBoundsInALine) {
  const Words bound = {"bound", "--quiet", "--device", "cuda:0"};
  const auto with = [&](const Words& more) {
    Words words = bound;
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  // A schedule that the GPU evaluates itself (wsd), one whose values are copied to it (cosine), and
  // the multipole method with two levels.
  for (const Words& words :
       {with({"--schedule", "wsd", "--schedule", "cosine", "--steps", "20"}),
        with({"--schedule", "sqrt", "--steps", "65", "--anytime", "--method", "fmm"})}) {
    LRSCAPE_RUN_UNDISTURBED(words);
    fail_each_call(words, [&](const std::string& /*fault*/, const Outcome& outcome) {
      EXPECT_EQ(outcome.exit_code, 4) << outcome.err;
      expect_one_line(outcome, {"(cuda:0)"});
      EXPECT_EQ(outcome.out, "");
    });
  }
}

TEST_F(DeviceFaults, OfOneGpuLeaveItsRunsToTheOthers) {
  if (devices().size() < 3) GTEST_SKIP() << "only one GPU here";
  const Words words = sweep_on("cuda", "adamw-pt,sgd");
  LRSCAPE_RUN_UNDISTURBED(words);
  // The group's attributes name the devices that a sweep ran on.
  const auto numbers = [&] {
    auto files = files_of(path("map.zarr"));
    files.erase("zarr.json");
    return files;
  };
  const auto whole = numbers();
  int taken_over = 0;
  fail_each_call(words, [&](const std::string& /*fault*/, const Outcome& outcome) {
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    if (!outcome.err.empty()) {
      expect_one_line(outcome, {"warning: ", "(cuda:", "; the other devices take over its work"});
      ++taken_over;
    }
    EXPECT_TRUE(numbers() == whole);
  });
  EXPECT_GT(taken_over, 0);
}

}  // namespace
}  // namespace lrscape::test
