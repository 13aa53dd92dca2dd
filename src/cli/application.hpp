#pragma once

namespace lrscape::cli {

/// Exit codes, a part of the command line's contract.
enum ExitCode : int { done = 0, internal = 1, usage = 2, interrupted = 3, no_device = 4 };

/// The whole program: reads the arguments, runs the subcommand, reports errors on stderr in one line.
int run(int argument_count, char** arguments);

}  // namespace lrscape::cli
