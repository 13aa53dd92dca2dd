#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "program.hpp"

namespace lrscape::test {

using Words = std::vector<std::string>;

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

inline void expect_one_line(const Outcome& outcome, const Words& words) {
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_TRUE(outcome.err.starts_with("lrscape: ")) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_TRUE(outcome.err.ends_with('\n')) << outcome.err;
  for (const auto& word : words)
    EXPECT_NE(outcome.err.find(word), std::string::npos)
        << "'" << word << "' is not in: " << outcome.err;
}

/// Runs the program in a folder of the test's own.
class Refusal : public InFolder {
 protected:
  /// Runs in this test's folder, so that command lines, which results keep, are the same everywhere.
  Outcome run(const Words& words, const std::function<void()>& prepare = {}) const {
    return Program(words, {},
                   [&] {
                     if (::chdir(folder.c_str()) != 0) ::_exit(126);
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
};

}  // namespace lrscape::test
