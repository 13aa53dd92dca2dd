#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace lrscape::cli {

/// A word that a shell may complete another one to.
struct Candidate {
  std::string word;
  std::string help;
};

/// How a shell completes the value of an option.
enum class Completion : std::uint8_t { words, files, folders };

/// An option of a command, or an argument: a value without a name in front.
struct Option {
  std::string name;   ///< "--lr"; of an argument what help calls it, such as "RESULT".
  std::string value;  ///< What help calls the value, such as "VALUES". Empty for a flag.
  std::string help;
  std::string default_text;  ///< Empty if there is none, or if `help` describes it.
  std::string group;         ///< The heading in help. Empty for "Options".
  std::string environment;   ///< A variable that sets the value where no option does.
  bool required = false;
  bool repeatable = false;
  Completion completion = Completion::words;
  /// The words that the text of a value, as far as it is typed, may become. Empty: none are known.
  std::function<std::vector<Candidate>(std::string_view typed)> candidates;
  /// Reads all values that are given. A flag has none.
  std::function<void(const std::vector<std::string>& texts)> read;
  bool given = false;  ///< Set when the command line is read.

  bool is_flag() const { return value.empty(); }
  bool is_argument() const { return !name.starts_with("-"); }
};

/// A command line to copy, and what it does.
struct Example {
  std::string command_line;
  std::string help;
};

/// A command of the program: its definition, from which the parser, help, man page and completions follow.
class Command {
 public:
  Command(std::string name, std::string summary)
      : name_(std::move(name)), summary_(std::move(summary)) {}

  const std::string& name() const { return name_; }
  const std::string& summary() const { return summary_; }
  const std::deque<Option>& options() const { return options_; }
  std::deque<Option>& options() { return options_; }

  /// The option "--lr"; nullptr if there is none.
  const Option* find(std::string_view name) const;

  /// The options that a call needs, for the line of usage, such as "--lr VALUES".
  std::string usage;
  /// A paragraph of help that follows the summary.
  std::string description;
  std::vector<Example> examples;
  /// Left out of help.
  bool hidden = false;
  /// What the command does. It writes data to stdout, messages to stderr, and throws an Error for what goes wrong.
  std::function<void()> run;

  /// Options that are added from now on stand under this heading.
  void begin_group(std::string heading) { group_ = std::move(heading); }

  /// Options keep their addresses.
  Option& add(Option option);

  Option& add_flag(const std::string& name, bool& value, const std::string& help);

  /// An option, or argument, with one value, which may be given once and is read by `read`.
  Option& add_option(const std::string& name, const std::string& value_name,
                     const std::string& help, std::function<void(std::string_view text)> read);

  /// The same for a text, a number or a whole number. Help shows its present value as the default.
  template <class Value>
  Option& add_value(const std::string& name, const std::string& value_name, Value& value,
                    const std::string& help);

  /// The same for an option that has no default.
  template <class Value>
  Option& add_value(const std::string& name, const std::string& value_name,
                    std::optional<Value>& value, const std::string& help);

  /// The same for one of several words, each of which stands for a value.
  template <class Value>
  Option& add_choice(const std::string& name, Value& value,
                     std::vector<std::pair<std::string, Value>> choices, const std::string& help);

  /// An option or argument that may be given several times.
  Option& add_list(const std::string& name, const std::string& value_name,
                   std::vector<std::string>& values, const std::string& help);

 private:
  Option& add_words(const std::string& name, std::vector<std::string> words,
                    const std::string& help, std::function<void(std::size_t place)> take);

  std::string name_, summary_, group_;
  std::deque<Option> options_;
};

/// The place of a word among those that are allowed. Throws InputError for another word.
std::size_t one_of(std::string_view option, std::string_view word,
                   const std::vector<std::string>& allowed);

/// Throws InputError for an empty text.
std::string read_text(std::string_view text, std::string_view option);

/// Candidates for words that are joined by commas: each of `words` that is not among those before the last comma.
std::vector<Candidate> joined_candidates(const std::vector<Candidate>& words,
                                         std::string_view typed);

template <class Value>
Value value_of(std::string_view text, std::string_view option) {
  if constexpr (std::same_as<Value, std::string>)
    return read_text(text, option);
  else if constexpr (std::integral<Value>)
    return parse_whole_number<Value>(text, option);
  else
    return parse_number(text, option);
}

template <class Value>
Option& Command::add_value(const std::string& name, const std::string& value_name, Value& value,
                           const std::string& help) {
  Option& option = add_option(name, value_name, help, [&value, name](std::string_view text) {
    value = value_of<Value>(text, name);
  });
  if constexpr (std::same_as<Value, std::string>)
    option.default_text = value;
  else if constexpr (std::integral<Value>)
    option.default_text = std::to_string(value);
  else
    option.default_text = to_text(value);
  return option;
}

template <class Value>
Option& Command::add_value(const std::string& name, const std::string& value_name,
                           std::optional<Value>& value, const std::string& help) {
  return add_option(name, value_name, help,
                    [&value, name](std::string_view text) { value = value_of<Value>(text, name); });
}

template <class Value>
Option& Command::add_choice(const std::string& name, Value& value,
                            std::vector<std::pair<std::string, Value>> choices,
                            const std::string& help) {
  std::vector<std::string> words;
  std::string default_text;
  for (const auto& [word, meaning] : choices) {
    words.push_back(word);
    if (meaning == value) default_text = word;
  }
  Option& option = add_words(name, std::move(words), help, [&value, choices](std::size_t place) {
    value = choices[place].second;
  });
  option.default_text = default_text;
  return option;
}

}  // namespace lrscape::cli
