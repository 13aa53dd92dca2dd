#include "cli/plain_arguments.hpp"

#include <fmt/format.h>

#include "lrscape/error.hpp"

namespace lrscape::cli {

WordKind kind_of(const std::string& word, const Command* command) {
  if (word == "--help" || word == "-h") return WordKind::flag;
  const Option* const option = command == nullptr ? nullptr : command->find(word);
  if (option == nullptr || option->is_argument()) return WordKind::unknown;
  return option->is_flag() ? WordKind::flag : WordKind::value;
}

std::vector<std::string> plain_arguments(const std::vector<std::string>& words,
                                         const Command* command) {
  std::vector<std::string> plain;
  for (auto argument = words.begin(); argument != words.end(); ++argument) {
    if (*argument == "--") {  // No options follow.
      plain.insert(plain.end(), argument, words.end());
      break;
    }
    const auto equals = argument->find('=');
    const auto option = argument->substr(0, equals);
    const auto kind = kind_of(option, command);
    if (kind == WordKind::value && equals == std::string::npos) {
      const auto next = argument + 1;
      if (next == words.end() ||
          kind_of(next->substr(0, next->find('=')), command) != WordKind::unknown)
        throw InputError(fmt::format("{} is given without a value", option));
      plain.insert(plain.end(), {option, *next});
      ++argument;
      continue;
    }
    const auto value = equals == std::string::npos ? "true" : argument->substr(equals + 1);
    if (kind == WordKind::value && value.empty()) {
      plain.insert(plain.end(), {option, value});
      continue;
    }
    if (kind != WordKind::flag) {
      plain.push_back(*argument);
      continue;
    }
    if (value != "true" && value != "false")
      throw InputError(fmt::format("{} takes true, false or no value, not '{}'", option, value));
    if (value == "true") plain.push_back(option);
  }
  return plain;
}

}  // namespace lrscape::cli
