#pragma once

#include <string_view>

namespace lrscape::cli {

/// Writes a line to stderr, without control characters. One that cannot be written is lost: nothing
/// hangs on it.
void say(std::string_view line);

/// Prints a warning with the program's name in front; the work goes on.
void say_warning(std::string_view line);

/// Gives what is closed of the three standard streams to nothing. Else a file of the result would
/// take its place, and messages would go there.
void occupy_standard_streams();

}  // namespace lrscape::cli
