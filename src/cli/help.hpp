#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace lrscape::cli {

/// A part of a section of help.
struct Entry {
  enum class Kind : std::uint8_t { paragraph, definition, example };
  Kind kind;
  std::string term;  ///< What is defined, or the command line of an example.
  std::string text;
  int level = 0;  ///< 1 for a definition that belongs to the one above it.
};

struct Section {
  std::string heading;  ///< Empty for the first lines of a page.
  std::vector<Entry> entries;
};

using Page = std::vector<Section>;

Entry paragraph(std::string text);
Entry definition(std::string term, std::string text, int level = 0);
Entry example(const Example& example);

/// All commands and topics.
Page overview(const std::deque<Command>& commands);

/// A command with all its options.
Page page_of(const Command& command);

/// "lrscape sweep --optimizer NAMES [options]"
std::string usage_of(const Command& command);

/// A command line as lines of at most `columns` columns, continued by backslashes before options.
std::vector<std::string> wrapped_command_line(const std::string& line, int columns);

/// A page for a terminal: lines of at most `columns` columns.
std::string as_text(const Page& page, int columns);

/// Prints a page to stdout, as wide as the terminal, up to 100 columns.
void print_page(const Page& page);

/// The manual page of the whole program, for man: commands, topics, exit codes, environment.
std::string man_page(const std::deque<Command>& commands);

}  // namespace lrscape::cli
