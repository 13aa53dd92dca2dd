#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace lrscape::cli {

/// A subcommand on CLI11's application and what to do if it was chosen. It writes data to stdout,
/// messages to stderr, and throws an Error for what goes wrong.
using Action = std::function<void()>;

Action add_sweep_command(CLI::App& application, const std::string& command_line);
Action add_show_command(CLI::App& application);
Action add_export_command(CLI::App& application);
Action add_devices_command(CLI::App& application);
Action add_bench_command(CLI::App& application);
Action add_bound_command(CLI::App& application, const std::string& command_line);
Action add_extend_command(CLI::App& application);

}  // namespace lrscape::cli
