#pragma once

#include <string_view>

namespace lrscape::cli {

/// Writes a line to stderr, as printable() escapes it. Ignores write errors.
void say(std::string_view line);

/// Writes text to stderr as it is. Needs no memory and may be called in a signal handler. Ignores
/// write errors.
void write_to_stderr(std::string_view text);

/// Writes a warning to stderr, after the program's name.
void say_warning(std::string_view line);

/// Opens /dev/null in place of closed standard streams. Otherwise a result file could get the
/// descriptor of stderr, and messages would be written into it.
void occupy_standard_streams();

}  // namespace lrscape::cli
