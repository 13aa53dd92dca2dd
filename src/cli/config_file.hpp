#pragma once

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace lrscape::cli {

/// The program's arguments with those of a file that --config names put in: keys are option names,
/// at the top or in a table named like the subcommand. What stands on the command line wins.
struct Arguments {
  std::vector<std::string> values;  ///< without the program's name
  std::string config_file;          ///< empty if there is none
  std::set<std::string> from_file;  ///< options that came from the file, as "--name"
};

/// `chosen` is the command that the words name, or nullptr. Throws InputError for a file that cannot be read, is no TOML, or
/// holds an entry that is no value of an option.
Arguments with_config_file(std::vector<std::string> words, const std::deque<Command>& commands,
                           const Command* chosen);

}  // namespace lrscape::cli
