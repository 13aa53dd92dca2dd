#include "cli/parser.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "cli/plain_arguments.hpp"
#include "lrscape/error.hpp"

// Only this file includes CLI11, which takes seconds to compile.
namespace lrscape::cli {
namespace {

/// Parses the words of one command with CLI11.
class CommandParser {
 public:
  explicit CommandParser(Command& command) : application_("", command.name()) {
    application_.allow_extras();  // Reported by unknown_argument().
    for (Option& option : command.options())
      parsers_.emplace_back(
          &option, option.is_flag() ? application_.add_flag(option.name) : add_value(option));
  }

  /// Returns the words that the command does not know. Throws CLI::ParseError.
  std::vector<std::string> parse(const std::vector<std::string>& words) {
    // CLI11 expects the words in reverse order.
    application_.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    return application_.remaining();
  }

  /// Reads the given options in order of definition. Throws InputError if a required option is
  /// missing.
  void read_options() const {
    for (const auto& [option, parser] : parsers_) {
      option->given = parser->count() > 0;
      if (option->given) option->read(parser->results());
    }
    for (const auto& [option, parser] : parsers_)
      if (option->required && !option->given)
        throw InputError(fmt::format("no {} given: {}", option->value, option->help));
  }

 private:
  CLI::Option* add_value(const Option& option) {
    const auto keep_text = [](const CLI::results_t&) { return true; };
    // Takes all values, so that our own error message reports duplicates.
    CLI::Option* const parser = application_.add_option(option.name, keep_text)->take_all();
    if (!option.environment.empty()) parser->envname(option.environment);
    constexpr int one_or_more = -1;
    return parser->expected(option.is_argument() && option.repeatable ? one_or_more : 1);
  }

  CLI::App application_;
  std::vector<std::pair<Option*, CLI::Option*>> parsers_;
};

/// The error message for an unknown argument. Unlike CLI11's, it suggests the nearest known one.
std::string unknown_argument(const std::string& extra, const Command* chosen,
                             const std::deque<Command>& commands, const Arguments& given) {
  std::vector<std::string_view> names = {"--help"};
  if (chosen != nullptr) {
    for (const Option& option : chosen->options()) names.push_back(option.name);
  } else {
    names.emplace_back("--version");
    for (const Command& command : commands)
      if (!command.hidden) names.push_back(command.name());
  }
  const std::string option = extra.substr(0, extra.find('='));
  const auto where = given.from_file.contains(option) ? given.config_file + ": " : std::string();
  return fmt::format("{}unknown argument '{}'{}", where, option, did_you_mean(option, names));
}

}  // namespace

Request parse(std::deque<Command>& commands, const std::vector<std::string>& words,
              Arguments& given) {
  if (words.empty())
    throw InputError("no command given; lrscape help lists the commands and shows examples");
  const auto chosen = std::ranges::find(commands, words[0], &Command::name);
  Command* const command = chosen == commands.end() ? nullptr : &*chosen;
  given = with_config_file(words, commands, command);
  const auto plain = plain_arguments(given.values, command);
  if (command == nullptr) {
    if (plain[0] == "--help" || plain[0] == "-h") return {Request::Kind::help, nullptr};
    if (plain[0] == "--version") return {Request::Kind::version, nullptr};
    throw InputError(unknown_argument(plain[0], nullptr, commands, given));
  }
  CommandParser parser(*command);
  std::vector<std::string> extras;
  try {
    extras = parser.parse({plain.begin() + 1, plain.end()});
  } catch (const CLI::CallForHelp&) {
    return {Request::Kind::help, command};
  } catch (const CLI::ParseError& error) {
    throw InputError(error.what());
  }
  if (!extras.empty()) throw InputError(unknown_argument(extras[0], command, commands, given));
  parser.read_options();
  return {Request::Kind::run, command};
}

}  // namespace lrscape::cli
