#pragma once

namespace lrscape::cli {

/// Exit codes, a part of the command line's contract.
enum ExitCode : int {
  done = 0,
  internal = 1,     ///< An error of the program, or an answer that cannot be written.
  usage = 2,        ///< What was asked for cannot be done, or not within this machine's memory.
  interrupted = 3,  ///< The same command goes on; where nothing was kept yet, it starts again.
  no_device = 4     ///< No such device, or too little memory on it.
};

/// The whole program: reads the arguments, runs the subcommand, reports errors on stderr in one line.
int run(int argument_count, char** arguments);

}  // namespace lrscape::cli
