#include "cli/command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "lrscape/error.hpp"

namespace lrscape::cli {

const Option* Command::find(std::string_view name) const {
  const auto found = std::ranges::find(options_, name, &Option::name);
  return found == options_.end() ? nullptr : &*found;
}

Option& Command::add(Option option) {
  option.group = group_;
  return options_.emplace_back(std::move(option));
}

Option& Command::add_flag(const std::string& name, bool& value, const std::string& help) {
  Option option;
  option.name = name;
  option.help = help;
  option.read = [&value](const std::vector<std::string>&) { value = true; };
  return add(std::move(option));
}

Option& Command::add_option(const std::string& name, const std::string& value_name,
                            const std::string& help,
                            std::function<void(std::string_view text)> read) {
  Option option;
  option.name = name;
  option.value = value_name;
  option.help = help;
  option.read = [name, read = std::move(read)](const std::vector<std::string>& texts) {
    if (texts.size() != 1)
      throw InputError(
          fmt::format("{} is given {} times, but may be given only once", name, texts.size()));
    read(texts.front());
  };
  return add(std::move(option));
}

Option& Command::add_words(const std::string& name, std::vector<std::string> words,
                           const std::string& help, std::function<void(std::size_t place)> take) {
  Option& option = add_option(name, fmt::format("{}", fmt::join(words, "|")), help,
                              [name, words, take = std::move(take)](std::string_view text) {
                                take(one_of(name, text, words));
                              });
  option.candidates = [words = std::move(words)](std::string_view) {
    std::vector<Candidate> all;
    for (const auto& word : words) all.push_back({word, ""});
    return all;
  };
  return option;
}

Option& Command::add_list(const std::string& name, const std::string& value_name,
                          std::vector<std::string>& values, const std::string& help) {
  Option option;
  option.name = name;
  option.value = value_name;
  option.help = help;
  option.repeatable = true;
  option.read = [&values, name](const std::vector<std::string>& texts) {
    values.clear();
    for (const std::string& text : texts)
      values.push_back(name.starts_with('-') ? read_text(text, name) : text);
  };
  return add(std::move(option));
}

std::size_t one_of(std::string_view option, std::string_view word,
                   const std::vector<std::string>& allowed) {
  const auto found = std::ranges::find(allowed, word);
  if (found == allowed.end()) {
    const std::vector<std::string_view> views(allowed.begin(), allowed.end());
    throw InputError(fmt::format("{} must be one of {}, not '{}'{}", option,
                                 fmt::join(allowed, ", "), word, did_you_mean(word, views)));
  }
  return static_cast<std::size_t>(found - allowed.begin());
}

std::string read_text(std::string_view text, std::string_view option) {
  if (text.empty())
    throw InputError(fmt::format("{}: '' is empty; give a value or omit {}", option, option));
  return std::string(text);
}

std::vector<Candidate> joined_candidates(const std::vector<Candidate>& words,
                                         std::string_view typed) {
  const auto comma = typed.rfind(',');
  const std::string before(typed.substr(0, comma == std::string_view::npos ? 0 : comma + 1));
  const auto taken = split(before, ',');
  std::vector<Candidate> all;
  for (const Candidate& one : words)
    if (std::ranges::find(taken, one.word) == taken.end())
      all.push_back({before + one.word, one.help});
  return all;
}

}  // namespace lrscape::cli
