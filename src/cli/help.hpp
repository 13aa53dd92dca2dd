#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace lrscape::cli {

/// Part of a help section.
struct Entry {
  enum class Kind : std::uint8_t { paragraph, definition, example };
  Kind kind;
  std::string term;  ///< The defined term, or the command line of an example.
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

/// The page that lists all commands and topics.
Page overview(const std::deque<Command>& commands);

/// The page of a command, with all its options.
Page page_of(const Command& command);

/// The usage line, such as "lrscape show RESULT... [OPTIONS]".
std::string usage_of(const Command& command);

/// Splits a command line before options and > into lines of `columns` columns, continued by
/// backslashes. An option that is longer gets a line of its own.
std::vector<std::string> wrapped_command_line(const std::string& line, int columns);

/// A page as text for a terminal, wrapped to `columns` columns.
std::string as_text(const Page& page, int columns);

/// Prints a page to stdout, as wide as the terminal, but from 40 to 100 columns.
void print_page(const Page& page);

/// The manual page of the whole program, for man: overview, commands and topics.
std::string man_page(const std::deque<Command>& commands);

}  // namespace lrscape::cli
