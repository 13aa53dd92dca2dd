#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "command_line.hpp"
#include "program.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class InterruptedBound : public InFolder, public testing::WithParamInterface<int> {};

TEST_P(InterruptedBound, LeavesNothingOfWhatItWrote) {
  const std::vector<std::string> words = {"bound",  "--schedule", "sqrt",     "--steps",
                                          "400000", "--gamma",    "1e-3:1:9", "--anytime",
                                          "--out",  "b.zarr"};
  const auto in_folder = [&] {
    if (::chdir(folder.c_str()) != 0) ::_exit(126);
  };
  Program child(words, {}, in_folder);
  // Wait for the hidden folder that receives the result. Writing its 40 MB takes a while.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (fs::is_empty(folder) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(milliseconds(1));
  child.send(GetParam());
  const Outcome outcome = child.wait();
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
  EXPECT_EQ(outcome.err,
            "lrscape: interrupted while b.zarr was written; no result was kept; rerun the "
            "command to start over\n");
  EXPECT_TRUE(fs::is_empty(folder));
  EXPECT_EQ(Program(words, {}, in_folder).wait().exit_code, 0);
}

TEST_P(InterruptedBound, EndsAtOnceWhileItIsComputed) {
  // O(T^2): takes hours.
  Program child({"bound", "--quiet", "--schedule", "sqrt", "--steps", "10000000", "--anytime",
                 "--method", "direct"});
  std::this_thread::sleep_for(milliseconds(300));
  child.send(GetParam());
  const Outcome outcome = child.wait();
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "lrscape: interrupted; rerun the command\n");
}

INSTANTIATE_TEST_SUITE_P(BySignal, InterruptedBound, testing::Values(SIGINT, SIGTERM, SIGHUP),
                         [](const auto& test) { return "Signal" + std::to_string(test.param); });

}  // namespace
}  // namespace lrscape::test
