#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace lrscape::cli {

/// A subcommand on CLI11's application and what to do if it was chosen. It writes data to stdout,
/// messages to stderr, and throws an Error for what goes wrong.
using Action = std::function<void()>;

/// Adds a subcommand. `command_line` is what the program was started with, for the results that keep it.
using AddCommand = Action(CLI::App& application, const std::string& command_line);

// Every subcommand has a file of its own and stands in these two lists; help shows it in this order.

AddCommand add_sweep_command, add_show_command, add_export_command, add_devices_command,
    add_bound_command, add_extend_command, add_bench_command;

inline constexpr AddCommand* all_commands[] = {
    add_sweep_command, add_show_command,   add_export_command, add_devices_command,
    add_bound_command, add_extend_command, add_bench_command};

}  // namespace lrscape::cli
