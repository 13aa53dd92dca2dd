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

/// The program, run in a folder of the test's own, and `lrscape sweep` on a problem so small that a
/// test can make many.
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

/// Nothing that is refused may take long or much: 20 s and 4 GiB are far beyond what it needs, and
/// far below what a program that tries would take. Sanitizers reserve terabytes of addresses.
inline void guard() {
  set_limit(RLIMIT_CPU, 20);
  if (!reserves_address_space) set_limit(RLIMIT_AS, rlim_t{4} << 30);
}

/// All that lies in a folder: files by their bytes, folders by a name with a slash behind it.
inline std::map<std::string, std::string> contents(const std::filesystem::path& folder) {
  auto all = files_of(folder);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_directory())
      all[std::filesystem::relative(entry.path(), folder).string() + "/"] = {};
  return all;
}

/// A message for people: one line on stderr that holds all of `words`.
inline void expect_one_line(const Outcome& outcome, const Words& words) {
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_TRUE(outcome.err.starts_with("lrscape: ")) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_TRUE(outcome.err.ends_with('\n')) << outcome.err;
  for (const auto& word : words)
    EXPECT_NE(outcome.err.find(word), std::string::npos)
        << "'" << word << "' is not in: " << outcome.err;
}

/// The same with nothing on stdout, from a command line that is wrong.
inline void expect_refusal(const Outcome& outcome, const Words& words) {
  EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  expect_one_line(outcome, words);
}

/// Runs the program in a folder of the test's own.
class ProgramInFolder : public InFolder {
 protected:
  /// What a child does before the program begins: goes to the test's folder.
  std::function<void()> in_folder() const {
    return [this] {
      if (::chdir(folder.c_str()) != 0) ::_exit(126);
    };
  }

  /// Runs in this test's folder, so that command lines, which results keep, are the same everywhere.
  Outcome run(const Words& words, const std::function<void()>& prepare = {}) const {
    return Program(words, {},
                   [&] {
                     in_folder()();
                     if (prepare) prepare();
                   })
        .wait();
  }

  /// One line that holds all of `words`, and nothing written, changed or removed.
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

/// The options without those that come again later, so that a test can change one of many.
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

/// 12 rows in batches of 4, 6 x 5 cells, two seeds: 60 runs of 9 steps an optimizer. The last
/// learning rate diverges with SGD, in double too.
inline const std::string problem =
    "--n 12 --n-val 8 --d 5 --batch 4 --epochs 3 --device cpu --threads 2";
inline const std::string grid = "--lr 1e-3:1:5,1e30 --wd 0,1e-3:1:4 --seeds 2";
inline const std::string tiny = problem + " " + grid;

/// Two stores are the same if all their files are, but for where and how they were made.
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
  /// `lrscape sweep` with these words, to a folder of that name here.
  Outcome sweep(const std::string& options, const std::string& name,
                const Environment& environment = {}) const {
    return run_program(Words{"sweep"} + last_of_each(options) + Words{"--out", path(name)},
                       environment);
  }
  /// The same, which must succeed; returns the folder.
  std::filesystem::path made(const std::string& options, const std::string& name,
                             const Environment& environment = {}) const {
    const auto outcome = sweep(options, name, environment);
    EXPECT_EQ(outcome.exit_code, 0) << options << "\n" << outcome.err;
    EXPECT_EQ(outcome.out, "") << options;
    return folder / name;
  }
  static nlohmann::json configuration_of(const std::filesystem::path& result) {
    return nlohmann::json::parse(read_result(result).attributes)["configuration"];
  }
};

}  // namespace lrscape::test
