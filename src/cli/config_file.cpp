#include "cli/config_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/text.hpp"
#include "cli/plain_arguments.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

/// toml++ 3.3 overflows the stack on keys with many thousand parts. A key cannot span lines, so a
/// limit on the length of lines prevents the overflow.
constexpr std::uintmax_t most_bytes = 64 * 1024;
constexpr std::size_t longest_line = 4096;

std::optional<std::string> option_value(const std::vector<std::string>& arguments,
                                        const std::string& option) {
  for (std::size_t k = 0; k < arguments.size(); ++k) {
    if (arguments[k] == option && k + 1 < arguments.size()) return arguments[k + 1];
    if (arguments[k].starts_with(option + "=")) return arguments[k].substr(option.size() + 1);
  }
  return std::nullopt;
}

bool is_given(const std::vector<std::string>& arguments, const std::string& option) {
  for (const auto& argument : arguments)
    if (argument == option || argument.starts_with(option + "=")) return true;
  return false;
}

/// Environment variables take precedence over the file.
bool is_set_by_environment(const Command& command, std::string_view name) {
  const Option* const option = command.find(name);
  if (option == nullptr || option->environment.empty()) return false;
  const char* const value = std::getenv(option->environment.c_str());
  return value != nullptr && *value != '\0';
}

/// Converts an entry of the file to a command-line argument.
class EntryReader {
 public:
  EntryReader(const std::string& file, const Command& command) : file_(file), command_(command) {}

  const Command& command() const { return command_; }

  /// One argument or, for a list of an option that may be repeated, one for each element.
  std::vector<std::string> arguments(std::string_view key, const toml::node& node) const {
    const Option* const option = command_.find(fmt::format("--{}", key));
    const auto* const array = node.as_array();
    if (option == nullptr || !option->repeatable || array == nullptr || array->empty())
      return {argument(key, node)};
    std::vector<std::string> all;
    for (const auto& element : *array) {
      if (element.is_array()) return {argument(key, node)};  // Refused there.
      all.push_back(argument(key, element));
    }
    return all;
  }

  std::string argument(std::string_view key, const toml::node& node) const {
    if (key.empty() ||
        key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string_view::npos)
      throw InputError(fmt::format("{}: '{}' is not the name of an option", file_, key));
    if (key == "help" || key == "config")
      throw InputError(fmt::format("{}: {} is allowed only on the command line", file_, key));
    const auto truth = node.value_exact<bool>();
    if (kind_of(fmt::format("--{}", key), &command_) == WordKind::flag) {
      if (!truth) throw InputError(fmt::format("{}: {} must be true or false", file_, key));
      return fmt::format("--{}={}", key, *truth);
    }
    return fmt::format("--{}={}", key, text(node, key));
  }

 private:
  std::string text(const toml::node& node, std::string_view key) const {
    if (const auto value = node.value_exact<std::string>()) {
      // An argument of the command line cannot have such a character, which would end messages.
      if (value->find('\0') != std::string::npos)
        throw InputError(fmt::format("{}: {} has the character U+0000", file_, key));
      return *value;
    }
    if (const auto value = node.value_exact<std::int64_t>()) return fmt::format("{}", *value);
    if (const auto value = node.value_exact<double>()) return to_text(*value);
    if (const auto* array = node.as_array()) {
      std::vector<std::string> parts;
      for (const auto& element : *array)
        if (!element.is_array()) parts.push_back(text(element, key));
      if (parts.size() == array->size() && !parts.empty())
        return fmt::format("{}", fmt::join(parts, ","));
    }
    throw InputError(fmt::format(
        "{}: {} must be a string, a number, or a list of strings and numbers", file_, key));
  }

  const std::string& file_;
  const Command& command_;
};

void append_table(const toml::table& table, const std::vector<std::string>& given,
                  const EntryReader& reader, Arguments& result, std::vector<std::string>& added) {
  for (const auto& [key, node] : table) {
    const std::vector<std::string> arguments = reader.arguments(key.str(), node);
    const std::string option = arguments.front().substr(0, arguments.front().find('='));
    if (is_given(given, option) || is_set_by_environment(reader.command(), option)) continue;
    result.from_file.insert(option);
    added.insert(added.end(), arguments.begin(), arguments.end());
  }
}

}  // namespace

Arguments with_config_file(std::vector<std::string> words, const std::deque<Command>& commands,
                           const Command* chosen) {
  Arguments result;
  const auto file = option_value(words, "--config");
  if (!file) {
    result.values = std::move(words);
    return result;
  }
  if (chosen == nullptr)
    throw InputError(fmt::format("--config must follow the command, as in lrscape {} --config {}",
                                 commands.front().name(), *file));
  if (chosen->find("--config") == nullptr)
    throw InputError(fmt::format("{} takes no --config", chosen->name()));
  result.config_file = read_text(*file, "--config");
  std::error_code error;
  const auto size = std::filesystem::file_size(*file, error);
  if (error == std::errc::no_such_file_or_directory)
    throw InputError(fmt::format("{}: no such file", *file));
  if (error) throw InputError(fmt::format("{} cannot be read: {}", *file, error.message()));
  if (size > most_bytes)
    throw InputError(fmt::format("{} has {} bytes; the limit is {}", *file, size, most_bytes));
  std::ifstream stream(*file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  for (const auto line : split(text, '\n'))
    if (line.size() > longest_line)
      throw InputError(fmt::format("{} has a line of {} characters; the limit is {}", *file,
                                   line.size(), longest_line));
  std::vector<std::string> added;
  const EntryReader reader(result.config_file, *chosen);
  std::vector<std::string_view> names;
  for (const Command& command : commands) names.push_back(command.name());
  try {
    const toml::table table = toml::parse(text, *file);
    for (const auto& [key, node] : table) {
      if (!node.is_table() || std::find(names.begin(), names.end(), key.str()) != names.end())
        continue;
      if (kind_of(fmt::format("--{}", key.str()), chosen) != WordKind::unknown)
        reader.argument(key.str(), node);  // Throws: a table is not the value of an option.
      throw InputError(fmt::format("{}: there is no command {}{}", *file, key.str(),
                                   did_you_mean(key.str(), names)));
    }
    toml::table top;
    for (const auto& [key, node] : table)
      if (!node.is_table()) top.insert(key, node);
    if (const auto* own = table[chosen->name()].as_table())
      append_table(*own, words, reader, result, added);
    std::vector<std::string> given = words;
    given.insert(given.end(), added.begin(), added.end());
    append_table(top, given, reader, result, added);
  } catch (const toml::parse_error& problem) {
    throw InputError(
        fmt::format("{}:{}: {}", *file, problem.source().begin.line, problem.description()));
  }
  result.values = std::move(words);
  result.values.insert(result.values.begin() + 1, added.begin(), added.end());
  return result;
}

}  // namespace lrscape::cli
