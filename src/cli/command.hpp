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

/// A completion that a shell can offer, with its description.
struct Candidate {
  std::string word;
  std::string help;
};

/// How a shell completes the value of an option.
enum class Completion : std::uint8_t { words, files, folders };

/// An option of a command, or a positional argument.
struct Option {
  std::string name;   ///< "--lr"; "result" for a positional argument.
  std::string value;  ///< The name of the value in help, such as "VALUES". Empty for a flag.
  std::string help;
  std::string default_text;  ///< Empty if there is no default, or if `help` states it.
  std::string group;         ///< The heading in help. Empty for "Options".
  std::string environment;   ///< The variable that sets the value if the option is absent.
  bool required = false;
  bool repeatable = false;
  Completion completion = Completion::words;
  /// Returns completions of a partly typed value. An empty function if no completions are known.
  std::function<std::vector<Candidate>(std::string_view typed)> candidates;
  /// Parses all given values. A flag ignores them.
  std::function<void(const std::vector<std::string>& texts)> read;
  bool given = false;  ///< Set when the command line is parsed.

  bool is_flag() const { return value.empty(); }
  bool is_argument() const { return !name.starts_with("-"); }
};

/// An example command line and what it does.
struct Example {
  std::string command_line;
  std::string help;
};

/// Definition of a command. Parser, help, man page and completions are derived from it.
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

  /// The required options in the usage line, such as "--lr VALUES".
  std::string usage;
  /// A paragraph of help that follows the summary.
  std::string description;
  std::vector<Example> examples;
  /// Hidden commands do not appear in help.
  bool hidden = false;
  /// Runs the command: writes data to stdout and messages to stderr. Throws an Error on failure.
  std::function<void()> run;

  /// Puts the options added from now on under this heading.
  void begin_group(std::string heading) { group_ = std::move(heading); }

  /// The returned reference stays valid when more options are added.
  Option& add(Option option);

  Option& add_flag(const std::string& name, bool& value, const std::string& help);

  /// An option or argument with one value, parsed by `read`. Giving it twice is an error.
  Option& add_option(const std::string& name, const std::string& value_name,
                     const std::string& help, std::function<void(std::string_view text)> read);

  /// Like add_option(), for a string or a number. Help shows the current value as the default.
  template <class Value>
  Option& add_value(const std::string& name, const std::string& value_name, Value& value,
                    const std::string& help);

  /// Like add_value() above, for an option without a default.
  template <class Value>
  Option& add_value(const std::string& name, const std::string& value_name,
                    std::optional<Value>& value, const std::string& help);

  /// Like add_option(), for a choice of several words, each of which stands for a value.
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

/// The index of a word in `allowed`. Throws InputError for any other word.
std::size_t one_of(std::string_view option, std::string_view word,
                   const std::vector<std::string>& allowed);

/// Returns the text. Throws InputError if it is empty.
std::string read_text(std::string_view text, std::string_view option);

/// Completions of a comma-separated list: those of `words` that do not occur before its last comma.
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
