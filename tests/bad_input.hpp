#pragma once

#include <gmock/gmock.h>

#include <map>
#include <string>

#include "cli/remedies.hpp"
#include "command_line.hpp"
#include "lrscape/error.hpp"
#include "lrscape/store.hpp"

namespace lrscape::test {

using Options = std::map<std::string, std::string>;

/// The command line of a tiny sweep into map.zarr with some options changed. An empty value drops
/// its option.
inline Words sweep(const Options& changed = {}) {
  Options options = {{"--optimizer", "adamw-pt"},
                     {"--lr", "1e-3:1:6"},
                     {"--wd", "1e-3:1:5"},
                     {"--n", "12"},
                     {"--n-val", "7"},
                     {"--d", "5"},
                     {"--epochs", "3"},
                     {"--batch", "4"},
                     {"--seeds", "2"},
                     {"--device", "cpu"},
                     {"--threads", "1"},
                     {"--out", "map.zarr"}};
  for (const auto& [name, value] : changed) options[name] = value;
  Words words = {"sweep", "--quiet"};
  for (const auto& [name, value] : options)
    if (!value.empty()) words.insert(words.end(), {name, value});
  return words;
}

class BadInput : public ProgramInFolder {
 protected:
  /// Expects `show` and `export` to refuse map.zarr.
  void expect_unreadable(const Words& words) const {
    expect_refused({"show", "map.zarr"}, words);
    expect_refused({"export", "map.zarr"}, words);
  }

  /// Expects read_result(), by which both commands read, to refuse map.zarr. Much quicker than two
  /// programs.
  void expect_read_error(const Words& words) const {
    try {
      read_result(folder / "map.zarr");
      ADD_FAILURE() << "map.zarr was read";
    } catch (const InputError& error) {
      const std::string message = cli::with_remedy(error);
      for (const std::string& word : words) EXPECT_THAT(message, testing::HasSubstr(word));
      EXPECT_THAT(message, testing::Not(testing::HasSubstr("\n")));
    }
  }

  std::string store_file(const std::string& name) const { return "map.zarr/" + name; }
};

}  // namespace lrscape::test
