#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/config_file.hpp"

namespace lrscape::cli {

/// The parsed request of a command line.
struct Request {
  enum class Kind : std::uint8_t { run, help, version };
  Kind kind;
  const Command* command;  ///< nullptr for help or version of the whole program.
};

/// Parses the words after the program's name and lets the options of the chosen command parse their
/// values. Throws InputError; `given` then holds the arguments as far as they are known.
Request parse(std::deque<Command>& commands, const std::vector<std::string>& words,
              Arguments& given);

}  // namespace lrscape::cli
