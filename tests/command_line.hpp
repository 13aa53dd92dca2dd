#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "lrscape/store.hpp"
#include "program.hpp"
#include "stored_configuration.hpp"

/// Runs the program in the test's own folder, and `lrscape sweep` on a problem so small that a test
/// can run many sweeps.
namespace lrscape::test {

using Words = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

inline Words words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

inline Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool reserves_address_space = true;
#elif defined(__has_feature)
inline constexpr bool reserves_address_space =
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool reserves_address_space = false;
#endif

inline void set_limit(decltype(RLIMIT_AS) resource, rlim_t value) {
  const rlimit limit = {value, value};
  if (::setrlimit(resource, &limit) != 0) ::_exit(126);
}

/// Limits CPU time to 20 s and address space to 4 GiB: far more than a refusal needs, and far less
/// than an attempt at the refused work would take. Sanitizers reserve terabytes of address space,
/// so the second limit is not set for them.
inline void guard() {
  set_limit(RLIMIT_CPU, 20);
  if (!reserves_address_space) set_limit(RLIMIT_AS, rlim_t{4} << 30);
}

/// The contents of a folder: files map to their bytes, and names of folders end in a slash.
inline std::map<std::string, std::string> contents(const std::filesystem::path& folder) {
  auto all = files_of(folder);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_directory())
      all[std::filesystem::relative(entry.path(), folder).string() + "/"] = {};
  return all;
}

/// Expects a one-line message on stderr that contains all of `words`.
inline void expect_one_line(const Outcome& outcome, const Words& words) {
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_TRUE(outcome.err.starts_with("lrscape: ")) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_TRUE(outcome.err.ends_with('\n')) << outcome.err;
  for (const auto& word : words)
    EXPECT_NE(outcome.err.find(word), std::string::npos)
        << "'" << word << "' is not in: " << outcome.err;
}

/// Expects exit code 2 (wrong command line), nothing on stdout, and a one-line message.
inline void expect_refusal(const Outcome& outcome, const Words& words) {
  EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  expect_one_line(outcome, words);
}

/// Runs the program in the test's own folder.
class ProgramInFolder : public InFolder {
 protected:
  /// Changes to the test's folder. The child process calls this before it starts the program.
  std::function<void()> in_folder() const {
    return [this] {
      if (::chdir(folder.c_str()) != 0) ::_exit(126);
    };
  }

  /// Runs in the test's folder, so that the command line stored in a result does not contain its
  /// path.
  Outcome run(const Words& words, const std::function<void()>& prepare = {}) const {
    return Program(words, {},
                   [&] {
                     in_folder()();
                     if (prepare) prepare();
                   })
        .wait();
  }

  /// Expects a one-line message with all of `words`, and no file written, changed or removed.
  void expect_refused(const Words& arguments, const Words& words, int code = 2,
                      const std::function<void()>& prepare = guard) const {
    SCOPED_TRACE(testing::PrintToString(arguments));
    const auto before = contents(folder);
    const Outcome outcome = run(arguments, prepare);
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    expect_one_line(outcome, words);
    EXPECT_TRUE(contents(folder) == before) << "something was written";
  }

  void expect_done(const Words& arguments) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  }

  bool nothing_written() const { return std::filesystem::is_empty(folder); }
};

/// Drops options that are repeated later, so that a test overrides an option by appending it.
inline Words last_of_each(const std::string& options) {
  Words result;
  const Words given = words(options);
  for (std::size_t k = 0; k < given.size(); ++k) {
    const bool again =
        given[k].starts_with("--") && std::find(given.begin() + static_cast<std::ptrdiff_t>(k) + 1,
                                                given.end(), given[k]) != given.end();
    if (!again)
      result.push_back(given[k]);
    else if (!given[k + 1].starts_with("--"))
      ++k;
  }
  return result;
}

inline std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

/// 12 rows in batches of 4, 6 x 5 cells, two seeds: 60 runs of 9 steps for each optimizer. SGD
/// diverges at the last learning rate, even in double precision.
inline const std::string problem =
    "--n 12 --n-val 8 --d 5 --batch 4 --epochs 3 --device cpu --threads 2";
inline const std::string grid = "--lr 1e-3:1:5,1e30 --wd 0,1e-3:1:4 --seeds 2";
inline const std::string tiny = problem + " " + grid;

/// Expects all files to be equal, except for the attributes `device` and `command_line`.
inline void expect_same_store(const std::filesystem::path& a, const std::filesystem::path& b) {
  auto files = files_of(a);
  auto others = files_of(b);
  for (auto* store : {&files, &others}) {
    ASSERT_TRUE(store->contains("zarr.json"));
    nlohmann::json group = nlohmann::json::parse(store->at("zarr.json"));
    group["attributes"].erase("device");
    group["attributes"].erase("command_line");
    store->at("zarr.json") = group.dump();
  }
  ASSERT_GT(files.size(), 14U);
  for (const auto& [name, bytes] : files) {
    ASSERT_TRUE(others.contains(name)) << name << " is in " << a << " alone";
    EXPECT_TRUE(others.at(name) == bytes) << name << " differs";
  }
  EXPECT_EQ(files.size(), others.size());
}

class CommandLine : public ProgramInFolder {
 protected:
  /// Runs `lrscape sweep` with these options. The result goes to `name` in the test's folder.
  Outcome sweep(const std::string& options, const std::string& name,
                const Environment& environment = {}) const {
    return run_program(Words{"sweep"} + last_of_each(options) + Words{"--out", path(name)},
                       environment);
  }
  /// Like sweep(), but expects success and returns the path of the result.
  std::filesystem::path made(const std::string& options, const std::string& name,
                             const Environment& environment = {}) const {
    const auto outcome = sweep(options, name, environment);
    EXPECT_EQ(outcome.exit_code, 0) << options << "\n" << outcome.err;
    EXPECT_EQ(outcome.out, "") << options;
    return folder / name;
  }
  static nlohmann::json configuration_of(const std::filesystem::path& result) {
    return configuration_in(read_result(result));
  }
};

}  // namespace lrscape::test
