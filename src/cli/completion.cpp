#include "cli/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/commands.hpp"

namespace lrscape::cli {
namespace {

Completions matching(std::vector<Candidate> all, const std::string& typed) {
  std::erase_if(all, [&](const Candidate& one) { return !one.word.starts_with(typed); });
  return {Completion::words, typed, std::move(all)};
}

/// Completes the value of an option. `before` is the part of the word before it, such as "--lr=".
Completions complete_value(const Option& option, const std::string& typed,
                           const std::string& before = "") {
  if (option.completion != Completion::words) return {option.completion, typed, {}};
  if (!option.candidates) return {};
  Completions result = matching(option.candidates(typed), typed);
  for (Candidate& one : result.words) one.word = before + one.word;
  return result;
}

Completions complete_option_name(const Command& command, const std::vector<std::string>& words) {
  std::vector<Candidate> all;
  for (const Option& option : command.options()) {
    const auto is_given = [&](const std::string& word) {
      return word == option.name || word.starts_with(option.name + "=");
    };
    if (option.is_argument() ||
        (!option.repeatable && std::any_of(words.begin(), words.end() - 1, is_given)))
      continue;
    all.push_back({option.name, option.help});
  }
  all.push_back({"--help", "print the help of this command"});
  return matching(std::move(all), words.back());
}

Completions complete_in(const Command& command, const std::vector<std::string>& words) {
  const std::string& typed = words.back();
  std::size_t arguments = 0;  // given before the last word
  for (std::size_t k = 0; k + 1 < words.size(); ++k) {
    const Option* const option = command.find(words[k]);
    const bool takes_next = option != nullptr && !option->is_flag() && !option->is_argument();
    if (takes_next && k + 2 == words.size()) return complete_value(*option, typed);
    if (takes_next)
      ++k;
    else if (!words[k].starts_with("-"))
      ++arguments;
  }
  if (typed.starts_with("-")) {
    const auto equals = typed.find('=');
    if (equals == std::string::npos) return complete_option_name(command, words);
    const Option* const option = command.find(typed.substr(0, equals));
    if (option == nullptr || option->is_flag()) return {};
    return complete_value(*option, typed.substr(equals + 1), typed.substr(0, equals + 1));
  }
  for (const Option& option : command.options()) {
    if (!option.is_argument()) continue;
    if (option.repeatable || arguments == 0) return complete_value(option, typed);
    --arguments;
  }
  return complete_option_name(command, words);
}

}  // namespace

Completions complete(const std::deque<Command>& commands, const std::vector<std::string>& words) {
  if (words.empty()) return {};
  if (words.size() > 1) {
    for (const Command& command : commands)
      if (command.name() == words[0]) return complete_in(command, {words.begin() + 1, words.end()});
    return {};
  }
  std::vector<Candidate> all;
  for (const Command& command : commands)
    if (!command.hidden) all.push_back({command.name(), command.summary()});
  if (words[0].starts_with("-"))
    all = {{"--help", "print an overview"}, {"--version", "print the version"}};
  return matching(std::move(all), words[0]);
}

void print_completions(const std::vector<std::string>& words) {
  const Completions found = complete(make_commands(""), words);
  if (found.kind != Completion::words) {
    fmt::print("{}\n{}\n", found.kind == Completion::files ? ":files" : ":folders", found.typed);
    return;
  }
  for (const auto& [word, help] : found.words)
    fmt::print("{}{}{}\n", word, help.empty() ? "" : "\t", help);
}

}  // namespace lrscape::cli
