#pragma once

#include <deque>
#include <string>

#include "cli/command.hpp"

namespace lrscape::cli {

/// Defines a command. Results store `command_line`, with which the program was started.
using DefineCommand = Command(const std::string& command_line);

// Every command must be in both lists. Help shows the commands in the order of the second one.

DefineCommand sweep_command, show_command, slice_command, compare_command, report_command,
    export_command, bound_command, extend_command, schedule_command, devices_command, bench_command,
    help_command, completions_command, man_page_command;

inline constexpr DefineCommand* all_commands[] = {
    sweep_command,  show_command,  slice_command,       compare_command,  report_command,
    export_command, bound_command, extend_command,      schedule_command, devices_command,
    bench_command,  help_command,  completions_command, man_page_command};

inline std::deque<Command> make_commands(const std::string& command_line) {
  std::deque<Command> commands;
  for (DefineCommand* const define : all_commands) commands.push_back(define(command_line));
  return commands;
}

}  // namespace lrscape::cli
