#pragma once

namespace lrscape::cli {

/// Exit codes are part of the command-line interface.
enum ExitCode : int {
  done = 0,
  internal = 1,  ///< Internal error, or output that cannot be written.
  usage = 2,     ///< Invalid usage or input, a failing disk, too little memory or too few threads.
  interrupted = 3,  ///< The same command continues, or restarts if nothing was stored.
  no_device = 4     ///< No such device, too little memory on it, or device failure.
};

/// The whole program: parses the arguments, runs the command, reports errors on stderr in one line.
int run(int argument_count, char** arguments);

}  // namespace lrscape::cli
