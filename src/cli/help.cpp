#include "cli/help.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "cli/terminal.hpp"
#include "cli/topics.hpp"

namespace lrscape::cli {
namespace {

/// Wider terms get a line of their own.
constexpr int widest_term = 24;

std::string option_term(const Option& option) {
  if (option.is_argument()) return option.value + (option.repeatable ? "..." : "");
  return option.is_flag() ? option.name : option.name + " " + option.value;
}

std::string spaces(int count) { return std::string(static_cast<std::size_t>(count), ' '); }

/// Width of the column of terms in a section.
int term_width(const Section& section) {
  int width = 0;
  for (const Entry& entry : section.entries) {
    const int own = 2 * entry.level + display_width(entry.term);
    if (entry.kind == Entry::Kind::definition && own <= widest_term) width = std::max(width, own);
  }
  return width;
}

void append_definition(const Entry& entry, int width, int columns, std::string& text) {
  const int indent = 2 + 2 * entry.level;
  const int text_column = 4 + width;
  std::string line = spaces(indent) + entry.term;
  if (display_width(line) > text_column - 2) {
    text += line + "\n";
    line.clear();
  }
  for (const auto& part : wrap(entry.text, columns - text_column)) {
    text += line + spaces(text_column - display_width(line)) + part + "\n";
    line.clear();
  }
  if (!line.empty()) text += line + "\n";
}

void append_entry(const Entry& entry, int width, int columns, std::string& text) {
  switch (entry.kind) {
    case Entry::Kind::paragraph:
      for (const auto& line : wrap(entry.text, columns)) text += line + "\n";
      return;
    case Entry::Kind::definition:
      append_definition(entry, width, columns, text);
      return;
    case Entry::Kind::example:
      for (const auto& line : wrapped_command_line(entry.term, columns - 2))
        text += "  " + line + "\n";
      for (const auto& line : wrap(entry.text, columns - 6)) text += "      " + line + "\n";
  }
}

std::string option_text(const Option& option) {
  std::string text = option.help;
  if (!option.default_text.empty()) text += fmt::format(" [{}]", option.default_text);
  if (option.repeatable && !option.is_argument()) text += "; may be repeated";
  if (!option.environment.empty()) text += fmt::format("; ${} also sets it", option.environment);
  return text;
}

Section examples_of(const Command& command) {
  Section section = {"Examples", {}};
  for (const Example& one : command.examples) section.entries.push_back(example(one));
  return section;
}

/// The options of a command by group: arguments first, then the groups in order of definition.
std::vector<Section> options_of(const Command& command) {
  constexpr std::string_view arguments = "Arguments";
  constexpr std::string_view other = "Options";
  std::vector<Section> sections = {{std::string(arguments), {}}};
  const auto section = [&](std::string_view heading) -> Section& {
    const auto found = std::ranges::find(sections, heading, &Section::heading);
    return found != sections.end() ? *found
                                   : sections.emplace_back(Section{std::string(heading), {}});
  };
  for (const Option& option : command.options()) {
    const auto heading = option.is_argument()   ? arguments
                         : option.group.empty() ? other
                                                : std::string_view(option.group);
    section(heading).entries.push_back(definition(option_term(option), option_text(option)));
  }
  section(other).entries.push_back(definition("-h, --help", "print this help"));
  std::erase_if(sections, [](const Section& one) { return one.entries.empty(); });
  return sections;
}

}  // namespace

std::vector<std::string> wrapped_command_line(const std::string& line, int columns) {
  std::vector<std::string> lines = {""};
  const auto words = split(line, ' ');
  for (std::size_t k = 0; k < words.size();) {
    // An option and its value stay together.
    std::string part(words[k]);
    for (++k; k < words.size() && !words[k].starts_with("-") && words[k] != ">"; ++k)
      part += fmt::format(" {}", words[k]);
    std::string& last = lines.back();
    constexpr std::string_view continuation = " \\";
    if (last.empty())
      last = part;
    else if (display_width(last) + 1 + display_width(part) + 2 <= columns)
      last += " " + part;
    else {
      last += continuation;
      lines.push_back("  " + part);
    }
  }
  return lines;
}

Entry paragraph(std::string text) { return {Entry::Kind::paragraph, "", std::move(text)}; }

Entry definition(std::string term, std::string text, int level) {
  return {Entry::Kind::definition, std::move(term), std::move(text), level};
}

Entry example(const Example& example) {
  return {Entry::Kind::example, example.command_line, example.help};
}

std::string usage_of(const Command& command) {
  std::string usage = fmt::format("lrscape {}", command.name());
  if (!command.usage.empty()) usage += " " + command.usage;
  bool has_options = false;
  for (const Option& option : command.options()) {
    has_options = has_options || !option.is_argument();
    if (option.is_argument())
      usage +=
          option.required ? " " + option_term(option) : fmt::format(" [{}]", option_term(option));
  }
  return has_options ? usage + " [OPTIONS]" : usage;
}

Page page_of(const Command& command) {
  Page page = {{"",
                {paragraph("Usage: " + usage_of(command)), paragraph(""),
                 paragraph(command.summary() + ".")}}};
  if (!command.description.empty()) {
    page[0].entries.push_back(paragraph(""));
    page[0].entries.push_back(paragraph(command.description));
  }
  if (!command.examples.empty()) page.push_back(examples_of(command));
  for (auto& section : options_of(command)) page.push_back(std::move(section));
  return page;
}

Page overview(const std::deque<Command>& commands) {
  Section list = {"Commands", {}};
  for (const Command& command : commands)
    if (!command.hidden) list.entries.push_back(definition(command.name(), command.summary()));
  Section topics = {"Topics", {}};
  for (const Topic& topic : all_topics())
    topics.entries.push_back(definition(topic.name, topic.summary));
  return {
      {"",
       {paragraph("lrscape maps learning-rate landscapes: it trains dense grids of learning "
                  "rates and weight decays, and evaluates suboptimality bounds for schedules."),
        paragraph(""), paragraph("Usage: lrscape COMMAND [OPTIONS]")}},
      std::move(list),
      std::move(topics),
      {"Examples",
       {example({"lrscape sweep --optimizer adamw-pt --lr 1e-4:3.2:48 --wd 1e-3:10:48 --seeds 5 "
                 "--out map.zarr",
                 "Train 48 x 48 cells with five seeds each."}),
        example({"lrscape show map.zarr", "Draw the map in the terminal."}),
        example({"lrscape bound --schedule wsd:cooldown=0.1:0.9:9 --steps 4000",
                 "Compare nine cooldowns of a schedule of 4,000 steps."})}},
      {"More",
       {definition("lrscape help COMMAND", "the options of a command, with examples"),
        definition("lrscape help TOPIC", "a topic"),
        definition("lrscape --version", "the version and the commit it was built from")}}};
}

std::string as_text(const Page& page, int columns) {
  std::string text;
  for (const Section& section : page) {
    if (!section.heading.empty()) text += fmt::format("\n{}:\n", section.heading);
    for (const Entry& entry : section.entries)
      append_entry(entry, term_width(section), columns, text);
  }
  return text;
}

void print_page(const Page& page) {
  constexpr int narrowest_page = 40;
  constexpr int widest_page = 100;
  const int columns =
      std::clamp(terminal_style(STDOUT_FILENO).columns, narrowest_page, widest_page);
  fmt::print("{}", as_text(page, columns));
}

}  // namespace lrscape::cli
