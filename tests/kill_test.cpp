#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <memory>
#include <random>
#include <thread>
#include <utility>

#include "command_line.hpp"
#include "program.hpp"
#include "store/files.hpp"

namespace lrscape::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Disturbs a sweep, resumes it and compares its files with those of an undisturbed sweep.
class Kill : public InFolder {
 protected:
  void SetUp() override {
    fs::create_directory(folder / "undisturbed");
    fs::create_directory(folder / "killed");
    const auto begin = Clock::now();
    const auto child = start("undisturbed");
    await([&] { return fs::exists(folder / "undisturbed" / "map.zarr"); });
    creation_time = Clock::now() - begin;
    ASSERT_EQ(child->wait().exit_code, 0);
    run_time = Clock::now() - begin;
    undisturbed = files_of(folder / "undisturbed");
    chunk_count = chunks("undisturbed");
    ASSERT_EQ(chunk_count, 2U * 5 * 5 * 3);  // Arrays, blocks of 8 lr, blocks of 8 wd, seeds.
  }

  /// Starts the sweep in the folder `where`. The result stores the command line, so it is the same
  /// in every folder. One thread with the plain code finishes one chunk at a time, so that there is
  /// much to interrupt.
  std::unique_ptr<Program> start(const std::string& where,
                                 const std::function<void()>& prepare = {},
                                 const std::vector<std::string>& more = {"--quiet"}) const {
    std::vector<std::string> arguments = {
        "sweep",     "--optimizer", "adamw-pt", "--lr",    "1e-3:1:40", "--wd",     "1e-3:1:40",
        "--n",       "12",          "--n-val",  "7",       "--d",       "16",       "--epochs",
        "20",        "--batch",     "4",        "--seeds", "3",         "--device", "cpu",
        "--threads", "1",           "--simd",   "plain",   "--out",     "map.zarr"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return std::make_unique<Program>(arguments, std::map<std::string, std::string>(),
                                     [directory = folder / where, prepare] {
                                       if (prepare) prepare();
                                       if (::chdir(directory.c_str()) != 0) ::_exit(126);
                                     });
  }

  template <class Condition>
  static void await(Condition condition) {
    const auto deadline = Clock::now() + std::chrono::seconds(60);
    while (!condition() && Clock::now() < deadline) std::this_thread::sleep_for(milliseconds(1));
  }

  /// The number of complete chunks of the arrays that a sweep fills. No run diverges.
  std::size_t chunks(const std::string& where) const {
    std::size_t count = 0;
    for (const std::string array : {"validation_loss", "status"}) {
      std::error_code none_yet;
      for (const auto& entry :
           fs::directory_iterator(folder / where / "map.zarr" / array, none_yet))
        if (entry.path().filename().string().starts_with("c.")) ++count;
    }
    return count;
  }

  /// Starts the sweep, kills it after the delay and waits for it. Returns whether the signal ended
  /// the sweep.
  bool kill_after(Clock::duration delay) const {
    const auto child = start("killed");
    std::this_thread::sleep_for(delay);
    child->send(SIGKILL);
    const Outcome outcome = child->wait();
    if (outcome.signal == SIGKILL) return true;
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return false;
  }

  /// Expects that a killed sweep has left only correct files, apart from its own temporary files,
  /// and that its result can be read.
  void expect_sound() const {
    for (const auto& [name, bytes] : files_of(folder / "killed")) {
      if (name.find("/.") != std::string::npos || name.front() == '.') continue;
      ASSERT_TRUE(undisturbed.contains(name)) << name;
      EXPECT_TRUE(bytes == undisturbed.at(name)) << name;
    }
    const auto store = folder / "killed" / "map.zarr";
    if (!fs::exists(store)) return;
    const Outcome outcome = run_program({"export", store.string()});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  }

  void resume() const {
    const Outcome outcome = start("killed")->wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  }

  /// Expects exactly the files of the undisturbed sweep, and no other file in the store or beside
  /// it.
  void expect_undisturbed() const {
    const auto files = files_of(folder / "killed");
    for (const auto& [name, bytes] : undisturbed)
      EXPECT_TRUE(files.contains(name) && files.at(name) == bytes) << name;
    for (const auto& [name, bytes] : files) EXPECT_TRUE(undisturbed.contains(name)) << name;
    const auto entries = fs::directory_iterator(folder / "killed");
    EXPECT_EQ(std::distance(fs::begin(entries), fs::end(entries)), 1) << "left-over folders";
  }

  void begin_anew() const {
    fs::remove_all(folder / "killed");
    fs::create_directory(folder / "killed");
  }

  Clock::duration creation_time{};  ///< until the store is in place
  Clock::duration run_time{};
  std::map<std::string, std::string> undisturbed;
  std::size_t chunk_count = 0;
};

TEST_F(Kill, AtAnyMomentLosesNothingThatWasDone) {
  std::mt19937 random(20240607);
  int kills = 0;
  int kills_half_way = 0;
  for (int attempt = 0; kills < 20 && attempt < 200; ++attempt) {
    SCOPED_TRACE(attempt);
    const auto before = chunks("killed");
    if (kill_after(run_time * (random() % 1000) / 1000)) {
      ++kills;
      const auto after = chunks("killed");
      EXPECT_GE(after, before);
      if (after > 0 && after < chunk_count) ++kills_half_way;
      expect_sound();
    } else {
      expect_undisturbed();
      begin_anew();
    }
    if (HasFailure()) return;
  }
  EXPECT_EQ(kills, 20);
  // Otherwise no delay has interrupted a sweep between its first and its last chunk.
  EXPECT_GT(kills_half_way, 0);
  resume();
  expect_undisturbed();
}

TEST_F(Kill, WhileTheStoreIsCreatedLeavesAllOfItOrNothing) {
  constexpr int kills = 15;
  int before_creation = 0;
  for (int kill = 0; kill < kills; ++kill) {
    SCOPED_TRACE(kill);
    // The delays go a little beyond the creation time, so that some kills come just after the store
    // is in place.
    kill_after(creation_time * kill * 5 / 4 / kills);
    if (!fs::exists(folder / "killed" / "map.zarr")) ++before_creation;
    expect_sound();
    if (HasFailure()) return;
    // Three kills in a row, each starting from the remains of the last: half-made folders or a
    // store without chunks.
    if (kill % 3 != 2) continue;
    resume();
    expect_undisturbed();
    begin_anew();
  }
  EXPECT_GT(before_creation, 0);
}

TEST_F(Kill, WhileAStoreIsMendedLeavesNothingBehind) {
  resume();
  // A dead process may have left a temporary file beside every file that is written on its own,
  // which the group's zarr.json is not. Temporary names contain the process id, so a child process
  // writes them and then ends.
  const auto child = ::fork();
  if (child == 0) {
    bool written = true;
    for (const auto& [name, bytes] : undisturbed) {
      if (name == "map.zarr/zarr.json") continue;
      const auto temporary = files::temporary_name(folder / "killed" / name);
      std::ofstream(temporary) << bytes.substr(0, bytes.size() / 2);
      written = written && fs::exists(temporary);
    }
    ::_exit(written ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  ASSERT_GT(files_of(folder / "killed").size(), undisturbed.size());
  resume();
  expect_undisturbed();
}

TEST_F(Kill, LeavesTheTemporaryFilesOfOthersAlone) {
  // Names that a dead process would use for another result, and for a file that is none of ours.
  const std::vector<std::string> foreign = {"other.zarr", "map.zarr/notes",
                                            "map.zarr/status/notes"};
  std::array<int, 2> ends = {};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const auto child = ::fork();
  if (child == 0) {
    std::string names;
    for (const auto& name : foreign)
      names += files::temporary_name(folder / "killed" / name).string() + "\n";
    ::_exit(::write(ends[1], names.data(), names.size()) > 0 ? 0 : 1);
  }
  ::close(ends[1]);
  std::string names(4096, '\0');
  names.resize(static_cast<std::size_t>(::read(ends[0], names.data(), names.size())));
  ::close(ends[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  resume();
  const auto files = split(names, '\n');
  ASSERT_EQ(files.size(), foreign.size());
  for (const auto& file : files) std::ofstream(file) << "theirs";
  resume();
  for (const auto& file : files) {
    EXPECT_EQ(bytes_of(file), "theirs") << file;
    fs::remove(file);
  }
  expect_undisturbed();
}

TEST_F(Kill, TakesNothingFromAProcessThatLives) {
  const auto mine = files::temporary_name(folder / "killed" / "other.zarr");
  std::ofstream(mine) << "half";
  resume();
  EXPECT_EQ(bytes_of(mine), "half");
}

TEST_F(Kill, AResultThatVanishesEndsTheRunAndTheSameCommandStartsAgain) {
  const auto child = start("killed");
  await([&] { return chunks("killed") > 0; });
  fs::rename(folder / "killed" / "map.zarr", folder / "moved.zarr");
  const Outcome outcome = child->wait();
  ASSERT_EQ(outcome.exit_code, 3) << outcome.err;
  EXPECT_EQ(outcome.err,
            "lrscape: map.zarr has vanished: it was moved, removed or replaced during the run; "
            "rerun the command to start over with map.zarr\n");
  resume();
  expect_undisturbed();
}

/// The whole number before `words` in the text, or 0.
std::size_t number_before(const std::string& text, const std::string& words) {
  const auto end = text.find(words);
  if (end == std::string::npos) return 0;
  const auto begin = text.find_last_not_of("0123456789", end - 1) + 1;
  return begin < end ? std::stoul(text.substr(begin, end - begin)) : 0;
}

TEST_F(Kill, ProcessesThatShareAResultTrainEveryUnitOnce) {
  std::vector<std::unique_ptr<Program>> processes;
  processes.push_back(start("killed", {}, {}));
  await([&] { return chunks("killed") > 0; });
  processes[0]->send(SIGSTOP);
  const auto by_first = chunks("killed");
  for (int k = 0; k < 2; ++k) processes.push_back(start("killed", {}, {}));
  await([&] { return chunks("killed") > by_first; });
  processes[0]->send(SIGCONT);
  std::size_t trained = 0;
  std::size_t busy = 0;
  for (const auto& process : processes) {
    const Outcome outcome = process->wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const std::size_t own = number_before(outcome.err, " runs in ");
    const std::size_t others = number_before(outcome.err, " runs were trained by other processes");
    const std::size_t earlier = number_before(outcome.err, " runs were already done");
    EXPECT_EQ(own + others + earlier, 4800U) << outcome.err;
    trained += own;
    busy += own > 0 ? 1 : 0;
  }
  EXPECT_EQ(trained, 4800U);
  EXPECT_GT(busy, 1U);
  // The group's own zarr.json holds the command line, here without --quiet.
  const auto files = files_of(folder / "killed");
  for (const auto& [name, bytes] : undisturbed)
    EXPECT_TRUE(name == "map.zarr/zarr.json" || (files.contains(name) && files.at(name) == bytes))
        << name;
  EXPECT_EQ(files.size(), undisturbed.size());
}

TEST_F(Kill, ADeadProcessGivesItsUnitsBack) {
  const auto first = start("killed");
  await([&] { return chunks("killed") > 0; });
  first->send(SIGSTOP);
  const auto second = start("killed");
  // The stopped process still has the units of one or two waves.
  std::size_t before = 0;
  await([&] {
    const auto now = chunks("killed");
    std::this_thread::sleep_for(milliseconds(200));
    return std::exchange(before, now) == now && now > 0;
  });
  EXPECT_LT(before, chunk_count);
  first->send(SIGKILL);
  // Until it is waited for, a killed process counts as alive, and its temporary files as in use.
  EXPECT_EQ(first->wait().signal, SIGKILL);
  const Outcome outcome = second->wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  expect_undisturbed();
}

class Interrupt : public Kill, public testing::WithParamInterface<int> {};

TEST_P(Interrupt, EndsWithAWordOnHowToGoOn) {
  const auto child = start("killed");
  // From the first chunk on there is a result to resume.
  await([&] { return chunks("killed") > 0; });
  child->send(GetParam());
  const Outcome outcome = child->wait();
  EXPECT_EQ(outcome.signal, 0);
  ASSERT_EQ(outcome.exit_code, 3) << outcome.err;
  EXPECT_TRUE(outcome.err.starts_with("lrscape: interrupted after ")) << outcome.err;
  EXPECT_NE(outcome.err.find(" of 4800 runs; rerun the command to continue map.zarr"),
            std::string::npos)
      << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_LT(chunks("killed"), chunk_count);
  expect_sound();
  // An interrupted sweep removes its temporary files.
  for (const auto& [name, bytes] : files_of(folder / "killed"))
    EXPECT_TRUE(undisturbed.contains(name)) << name;
  resume();
  expect_undisturbed();
}

TEST_F(Kill, NohupKeepsARunFromBeingHungUp) {
  const auto child = start("killed", [] { std::signal(SIGHUP, SIG_IGN); });
  await([&] { return chunks("killed") > 0; });
  child->send(SIGHUP);
  EXPECT_EQ(child->wait().exit_code, 0);
  expect_undisturbed();
}

INSTANTIATE_TEST_SUITE_P(BySignal, Interrupt, testing::Values(SIGINT, SIGTERM, SIGHUP),
                         [](const auto& test) {
                           return std::string(test.param == SIGINT    ? "SigInt"
                                              : test.param == SIGTERM ? "SigTerm"
                                                                      : "SigHup");
                         });

}  // namespace
}  // namespace lrscape::test
