#include "cli/parser.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "cli/plain_arguments.hpp"
#include "cli/topics.hpp"
#include "lrscape/error.hpp"

// Only this file includes CLI11, which takes seconds to compile.
namespace lrscape::cli {
namespace {

/// Parses the words of one command with CLI11.
class CommandParser {
 public:
  explicit CommandParser(Command& command) : command_(command), application_("", command.name()) {
    application_.allow_extras();  // Arguments, and words to be reported.
    application_.set_help_flag();
    for (const Option& option : command.options())
      if (!option.is_argument())
        parsers_[&option] =
            option.is_flag() ? application_.add_flag(option.name) : add_value(option);
  }

  /// Reads options and arguments in order of definition. Returns the first word that the command
  /// does not know. Throws InputError, also if a required argument is missing.
  std::optional<std::string> read(const std::vector<std::string>& words) {
    try {
      // CLI11 expects the words in reverse order.
      application_.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ParseError& error) {
      throw InputError(error.what());
    }
    // CLI11 would take arguments such as [a,b] apart.
    std::vector<std::string> arguments;
    bool options_are_over = false;
    for (const std::string& word : application_.remaining()) {
      if (!options_are_over && word == "--")
        options_are_over = true;
      else if (!options_are_over && word.size() > 1 && word.starts_with("-"))
        return word;
      else
        arguments.push_back(word);
    }
    auto next = arguments.begin();
    for (Option& option : command_.options()) {
      std::vector<std::string> texts;
      if (!option.is_argument()) {
        const CLI::Option* const parser = parsers_.at(&option);
        if (parser->count() > 0) texts = parser->results();
      } else if (next != arguments.end()) {
        const auto end = option.repeatable ? arguments.end() : next + 1;
        texts.assign(next, end);
        next = end;
      }
      option.given = !texts.empty();
      if (option.given) option.read(texts);
    }
    if (next != arguments.end()) return *next;
    for (const Option& option : command_.options())
      if (option.required && !option.given)
        throw InputError(fmt::format(
            "no {} given ({})", option.is_argument() ? option.value : option.name, option.help));
    return std::nullopt;
  }

 private:
  CLI::Option* add_value(const Option& option) {
    const auto keep_text = [](const CLI::results_t&) { return true; };
    // Takes all values, so that our own error message reports duplicates.
    CLI::Option* const parser = application_.add_option(option.name, keep_text)->take_all();
    if (!option.environment.empty()) parser->envname(option.environment);
    return parser->expected(1);
  }

  Command& command_;
  CLI::App application_;
  std::map<const Option*, CLI::Option*> parsers_;
};

bool asks_for_help(const std::string& word) { return word == "--help" || word == "-h"; }

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
  constexpr auto nothing_to_do =
      "no command given; lrscape help lists the commands and shows examples";
  if (words.empty()) throw InputError(nothing_to_do);
  const auto named = [&](const std::string& word) {
    const auto found = std::ranges::find(commands, word, &Command::name);
    return found == commands.end() ? nullptr : &*found;
  };
  // Help first: it is there whatever else is wrong.
  const auto options_end = std::ranges::find(words, "--");
  if (std::any_of(words.begin(), options_end, asks_for_help)) {
    if (!asks_for_help(words[0])) {
      if (const Command* const command = named(words[0])) return {Request::Kind::help, command};
      if (std::ranges::count(all_topics(), words[0], &Topic::name) > 0)
        return parse(commands, {"help", words[0]}, given);
    } else {
      return {Request::Kind::help, words.size() > 1 ? named(words[1]) : nullptr};
    }
  }
  Command* const command = named(words[0]);
  given = with_config_file(words, commands, command);
  const auto plain = plain_arguments(given.values, command);
  if (plain.empty()) throw InputError(nothing_to_do);
  if (command == nullptr) {
    if (plain[0] == "--version") return {Request::Kind::version, nullptr};
    throw InputError(unknown_argument(plain[0], nullptr, commands, given));
  }
  if (const auto unknown = CommandParser(*command).read({plain.begin() + 1, plain.end()}))
    throw InputError(unknown_argument(*unknown, command, commands, given));
  return {Request::Kind::run, command};
}

}  // namespace lrscape::cli
