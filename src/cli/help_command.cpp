#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/topics.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

/// Commands and topics, with their summaries.
std::vector<Candidate> subjects() {
  std::vector<Candidate> all;
  for (const Command& command : make_commands(""))
    if (!command.hidden) all.push_back({command.name(), command.summary()});
  for (const Topic& topic : all_topics()) all.push_back({topic.name, topic.summary});
  return all;
}

Page page_about(const std::string& subject) {
  const auto commands = make_commands("");
  if (subject.empty()) return overview(commands);
  for (const Command& command : commands)
    if (command.name() == subject) return page_of(command);
  for (const Topic& topic : all_topics())
    if (topic.name == subject) return topic.page();
  std::vector<std::string_view> names;
  const auto known = subjects();
  for (const Candidate& one : known) names.push_back(one.word);
  throw InputError(
      fmt::format("there is no help on '{}'{}; lrscape help lists all commands and topics", subject,
                  did_you_mean(subject, names)));
}

}  // namespace

Command help_command(const std::string& /*command_line*/) {
  Command command("help", "Explain a command or a topic");
  const auto subject = std::make_shared<std::string>();
  command
      .add_value("subject", "COMMAND|TOPIC", *subject, "what to explain; without it, an overview")
      .candidates = [](std::string_view) { return subjects(); };
  command.run = [subject] { print_page(page_about(*subject)); };
  return command;
}

Command man_page_command(const std::string& /*command_line*/) {
  Command command("man-page", "Print the manual page, for man");
  command.hidden = true;
  command.run = [] { fmt::print("{}", man_page(make_commands(""))); };
  return command;
}

}  // namespace lrscape::cli
