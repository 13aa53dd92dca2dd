#pragma once

#include <filesystem>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "store/files.hpp"

/// Runs the program with calls that fail: see tests/faults/failing_calls.cpp.
namespace lrscape::test {

/// One line of the log of calls.
struct Call {
  std::string kind;
  std::vector<std::string> paths;
  bool failed = false;
};

class FaultyProgram : public InFolder {
 protected:
  /// In memory if possible: the tests sync thousands of files.
  FaultyProgram() : InFolder(is_writable("/dev/shm") ? "/dev/shm" : "/tmp") {
    std::filesystem::create_directory(work());
  }

  /// The folder in which the program runs.
  std::filesystem::path work() const { return folder / "work"; }

  Outcome run(const Words& command, Environment environment = {}) const {
    std::filesystem::remove(folder / "log");
    // Overwrites freed memory, so that a use of it shows.
    environment["GLIBC_TUNABLES"] = "glibc.malloc.perturb=85";
    environment["LD_PRELOAD"] = LRSCAPE_FAILING_CALLS;
    environment["LRSCAPE_FAULT_FOLDER"] = work().string();
    environment["LRSCAPE_FAULT_LOG"] = path("log");
    return Program(command, environment,
                   [this] {
                     if (::chdir(work().c_str()) != 0) ::_exit(126);
                   })
        .wait();
  }

  /// The calls of the last run.
  std::vector<Call> calls() const {
    std::vector<Call> all;
    for (const std::string& line : split(bytes_of(folder / "log"), '\n')) {
      std::istringstream stream(line);
      Call& call = all.emplace_back();
      stream >> call.kind;
      for (std::string word; stream >> word;) call.paths.push_back(word);
      call.failed = !call.paths.empty() && call.paths.back() == "failed";
      if (call.failed) call.paths.pop_back();
    }
    return all;
  }

  /// The files and folders there are, with the random parts of temporary names left out.
  std::map<std::string, std::string> found() const {
    static const std::regex random("-[0-9]+-[0-9a-f]{16}\\.tmp");
    std::map<std::string, std::string> all;
    for (const auto& [name, bytes] : contents(work()))
      all[std::regex_replace(name, random, ".tmp")] = bytes;
    return all;
  }

  void begin_with(const std::filesystem::path& beginning) const {
    std::filesystem::remove_all(work());
    std::filesystem::copy(beginning, work(), std::filesystem::copy_options::recursive);
  }

  /// Creates a file under a temporary name of a process that has ended.
  static void abandon(const std::filesystem::path& file) {
    const auto child = ::fork();
    if (child == 0) {
      std::ofstream(files::temporary_name(file)) << "half";
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
  }

 private:
  static bool is_writable(const char* place) { return ::access(place, W_OK | X_OK) == 0; }
};

/// A sweep of two units with runs that diverge, so that every array has two chunks, into a folder
/// whose parents need not exist.
inline Words two_units(const std::string& threads = "2") {
  return words(
             "sweep --quiet --optimizer adamw-pt,sgd --lr 1e-3,1e-2 --wd 0,1e30 --n 12 --n-val 7 "
             "--d 5 --epochs 2 --batch 4 --seeds 1 --device cpu --simd plain --out "
             "results/new/map.zarr --threads") +
         Words{threads};
}

inline Words few_bounds(const std::string& threads = "2") {
  return words(
             "bound --quiet --schedule wsd:cooldown=0.2 --schedule cosine --steps 40 --gamma "
             "1e-2,1e-1 --anytime --out results/b.zarr --threads") +
         Words{threads};
}

/// Leaves a result of two_units() without its second unit and, if `damaged`, with two array folders
/// missing, a coordinate damaged and temporary files beside its own.
inline void damage(const std::filesystem::path& result, bool damaged) {
  for (const std::string array : {"validation_loss", "diverged_at_epoch", "status"})
    ASSERT_TRUE(std::filesystem::remove(result / array / "c.1.0.0.0"));
  if (!damaged) return;
  ASSERT_GT(std::filesystem::remove_all(result / "status"), 0U);
  ASSERT_GT(std::filesystem::remove_all(result / "seed"), 0U);
  std::ofstream(result / "learning_rate/c.0") << "damaged";
}

}  // namespace lrscape::test
