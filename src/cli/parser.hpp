#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/config_file.hpp"

namespace lrscape::cli {

/// What a command line asks for.
struct Request {
  enum class Kind : std::uint8_t { run, help, version };
  Kind kind;
  const Command* command;  ///< nullptr: help or version of the whole program.
};

/// Reads the words that follow the program's name, and has the options of the chosen command read their values.
/// `given` is set as far as it is known when an error is thrown. Throws InputError.
Request parse(std::deque<Command>& commands, const std::vector<std::string>& words,
              Arguments& given);

}  // namespace lrscape::cli
