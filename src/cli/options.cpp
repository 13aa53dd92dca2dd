#include "cli/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "lrscape/error.hpp"

namespace lrscape::cli {

std::vector<std::string> plain_arguments(const std::vector<std::string>& arguments,
                                         const KindOf& kind_of) {
  std::vector<std::string> plain;
  for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
    if (*argument == "--") {  // What follows are no options.
      plain.insert(plain.end(), argument, arguments.end());
      break;
    }
    const auto equals = argument->find('=');
    const auto option = argument->substr(0, equals);
    const auto kind = kind_of(option);
    if (kind == OptionKind::value && equals == std::string::npos) {
      const auto next = argument + 1;
      if (next == arguments.end() ||
          kind_of(next->substr(0, next->find('='))) != OptionKind::unknown)
        throw InputError(fmt::format("{} is given without a value", option));
      plain.insert(plain.end(), {option, *next});
      ++argument;
      continue;
    }
    const auto value = equals == std::string::npos ? "true" : argument->substr(equals + 1);
    if (kind == OptionKind::value && value.empty()) {
      plain.insert(plain.end(), {option, value});
      continue;
    }
    if (kind != OptionKind::flag) {
      plain.push_back(*argument);
      continue;
    }
    if (value != "true" && value != "false")
      throw InputError(fmt::format("{} takes true, false or no value, not '{}'", option, value));
    if (value == "true") plain.push_back(option);
  }
  return plain;
}

CLI::Option* add_option(CLI::App& command, const std::string& name, const std::string& help,
                        const std::string& type, std::function<void(std::string_view text)> read) {
  const auto read_only = [name, read = std::move(read)](const CLI::results_t& texts) {
    if (texts.size() != 1)
      throw InputError(fmt::format("{} is given {} times; once is allowed", name, texts.size()));
    read(texts.front());
    return true;
  };
  // All of them, so that what is said of too many is ours to say.
  return command.add_option(name, read_only, help)->type_name(type)->expected(1)->take_all();
}

std::size_t one_of(std::string_view option, std::string_view value,
                   std::initializer_list<std::string_view> allowed) {
  const auto* const found = std::ranges::find(allowed, value);
  if (found == allowed.end())
    throw InputError(fmt::format("{} must be one of {}, not '{}'{}", option,
                                 fmt::join(allowed, ", "), value,
                                 did_you_mean(value, std::span(allowed.begin(), allowed.size()))));
  return static_cast<std::size_t>(found - allowed.begin());
}

std::string read_text(std::string_view text, std::string_view option) {
  if (text.empty())
    throw InputError(fmt::format("{}: '' is empty; give a value or leave {} out", option, option));
  return std::string(text);
}

}  // namespace lrscape::cli
