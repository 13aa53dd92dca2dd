#pragma once

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace lrscape::cli {

/// The program's arguments, merged with the entries of the file that --config names. Keys are
/// option names, at the top level or in a table named after the command. The command line takes
/// precedence.
struct Arguments {
  std::vector<std::string> values;  ///< without the program's name
  std::string config_file;          ///< empty if there is none
  std::set<std::string> from_file;  ///< options that came from the file, as "--name"
};

/// `chosen` is the command in `words`, or nullptr. Throws InputError if the file cannot be read, is
/// not valid TOML, or contains an entry that is not the value of an option.
Arguments with_config_file(std::vector<std::string> words, const std::deque<Command>& commands,
                           const Command* chosen);

}  // namespace lrscape::cli
