#include <fmt/format.h>

#include <cctype>

#include "build_info.hpp"
#include "cli/help.hpp"
#include "cli/topics.hpp"

// The manual page in the macros of man(7).
namespace lrscape::cli {
namespace {

/// Escapes text for roff, which would read a backslash as an escape and a leading . or ' as a
/// request. Escaped hyphens can be copied from the page.
std::string escaped(std::string_view text) {
  std::string result;
  if (text.starts_with('.') || text.starts_with('\'')) result = "\\&";
  for (const char c : text) {
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
  }
  return result;
}

std::string upper_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

void append(const Entry& entry, std::string& text) {
  switch (entry.kind) {
    case Entry::Kind::paragraph:
      if (!entry.text.empty()) text += fmt::format(".PP\n{}\n", escaped(entry.text));
      return;
    case Entry::Kind::definition:
      if (entry.level > 0) text += ".RS\n";
      text += fmt::format(".TP\n.B {}\n{}\n", escaped(entry.term), escaped(entry.text));
      if (entry.level > 0) text += ".RE\n";
      return;
    case Entry::Kind::example: {
      constexpr int columns = 70;  // Leaves room for indentation on 80 columns.
      text += fmt::format(".PP\n{}\n.RS\n.nf\n", escaped(entry.text));
      for (const auto& line : wrapped_command_line(entry.term, columns))
        text += escaped(line) + "\n";
      text += ".fi\n.RE\n";
    }
  }
}

/// Appends a page as one section of the manual. The sections of the page become subsections.
void append(const std::string& heading, const Page& page, std::string& text) {
  text += fmt::format(".SH {}\n", escaped(upper_case(heading)));
  for (const Section& section : page) {
    if (!section.heading.empty()) text += fmt::format(".SS {}\n", escaped(section.heading));
    for (const Entry& entry : section.entries) append(entry, text);
  }
}

}  // namespace

std::string man_page(const std::deque<Command>& commands) {
  std::string text = fmt::format(
      ".TH LRSCAPE 1 \"\" \"lrscape {}\" \"User Commands\"\n.SH NAME\nlrscape \\- map "
      "learning-rate "
      "landscapes\n",
      build_info::version);
  append("synopsis", {{"", {paragraph("lrscape COMMAND [OPTIONS]")}}}, text);
  append("description", overview(commands), text);
  for (const Command& command : commands)
    if (!command.hidden) append("lrscape " + command.name(), page_of(command), text);
  for (const Topic& topic : all_topics()) append(topic.name, topic.page(), text);
  return text;
}

}  // namespace lrscape::cli
