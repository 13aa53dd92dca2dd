#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.hpp"

namespace lrscape::cli {

/// The program's arguments with those of a file that --config names put in: keys are option names,
/// at the top or in a table named like the subcommand. What stands on the command line wins.
struct Arguments {
  std::vector<std::string> values;  ///< without the program's name
  std::string config_file;          ///< empty if there is none
  std::set<std::string> from_file;  ///< options that came from the file, as "--name"
};

/// `commands` are the names of all subcommands. Throws InputError for a file that cannot be read, is no TOML, or holds what is no option's value.
Arguments with_config_file(std::vector<std::string> arguments,
                           std::span<const std::string_view> commands, const KindOf& kind_of);

}  // namespace lrscape::cli
