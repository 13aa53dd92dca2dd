#pragma once

#include <deque>
#include <string>

#include "cli/command.hpp"

namespace lrscape::cli {

/// Defines a command. `command_line` is what the program was started with, for the results that keep it.
using DefineCommand = Command(const std::string& command_line);

// Every command has a file of its own and stands in these two lists; help shows it in this order.

DefineCommand sweep_command, show_command, export_command, bound_command, extend_command,
    devices_command, bench_command, help_command, completions_command, man_page_command;

inline constexpr DefineCommand* all_commands[] = {
    sweep_command,   show_command,  export_command, bound_command,       extend_command,
    devices_command, bench_command, help_command,   completions_command, man_page_command};

inline std::deque<Command> make_commands(const std::string& command_line) {
  std::deque<Command> commands;
  for (DefineCommand* const define : all_commands) commands.push_back(define(command_line));
  return commands;
}

}  // namespace lrscape::cli
