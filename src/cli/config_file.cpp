#include "cli/config_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "lrscape/error.hpp"
#include "text.hpp"

namespace lrscape::cli {
namespace {

/// toml++ 3.3 overflows the stack on keys of many thousand parts, which are on one line.
constexpr std::uintmax_t most_bytes = 64 * 1024;
constexpr std::size_t longest_line = 4096;

/// Options that an environment variable sets, too; it beats the file.
constexpr std::pair<std::string_view, const char*> environment[] = {{"--simd", "LRSCAPE_SIMD"}};

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

bool is_set_by_environment(std::string_view option) {
  for (const auto& [name, variable] : environment)
    if (name == option && std::getenv(variable) != nullptr) return true;
  return false;
}

std::string text_of(const toml::node& node, std::string_view key, const std::string& file) {
  if (const auto value = node.value_exact<std::string>()) return *value;
  if (const auto value = node.value_exact<std::int64_t>()) return fmt::format("{}", *value);
  if (const auto value = node.value_exact<double>()) return to_text(*value);
  if (const auto value = node.value_exact<bool>()) return *value ? "true" : "false";
  if (const auto* array = node.as_array()) {
    std::vector<std::string> parts;
    for (const auto& element : *array) {
      if (element.is_array()) break;
      parts.push_back(text_of(element, key, file));
    }
    if (parts.size() == array->size() && !parts.empty())
      return fmt::format("{}", fmt::join(parts, ","));
  }
  throw InputError(
      fmt::format("{}: {} must be a string, a number, true, false or a list of these", file, key));
}

void append_table(const toml::table& table, const std::vector<std::string>& given,
                  Arguments& result, std::vector<std::string>& added) {
  for (const auto& [key, node] : table) {
    const std::string option = "--" + std::string(key.str());
    if (is_given(given, option) || is_set_by_environment(option)) continue;
    result.from_file.insert(option);
    added.push_back(fmt::format("{}={}", option, text_of(node, key.str(), result.config_file)));
  }
}

}  // namespace

Arguments with_config_file(std::vector<std::string> arguments,
                           std::span<const std::string_view> commands) {
  Arguments result;
  const auto file = option_value(arguments, "--config");
  if (!file || arguments.empty()) {
    result.values = std::move(arguments);
    return result;
  }
  result.config_file = *file;
  std::error_code error;
  const auto size = std::filesystem::file_size(*file, error);
  if (error) throw InputError(fmt::format("{} cannot be read: {}", *file, error.message()));
  if (size > most_bytes)
    throw InputError(
        fmt::format("{} has {} bytes; a configuration has at most {}", *file, size, most_bytes));
  std::ifstream stream(*file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  for (const auto line : split(text, '\n'))
    if (line.size() > longest_line)
      throw InputError(fmt::format("{} has a line of {} characters; a line has at most {}", *file,
                                   line.size(), longest_line));
  const std::string command = arguments.front();
  std::vector<std::string> added;
  try {
    const toml::table table = toml::parse(text, *file);
    for (const auto& [key, node] : table)
      if (node.is_table() &&
          std::find(commands.begin(), commands.end(), key.str()) == commands.end())
        throw InputError(fmt::format("{}: there is no command {}{}", *file, key.str(),
                                     did_you_mean(key.str(), commands)));
    toml::table top;
    for (const auto& [key, node] : table)
      if (!node.is_table()) top.insert(key, node);
    if (const auto* own = table[command].as_table()) append_table(*own, arguments, result, added);
    std::vector<std::string> given = arguments;
    given.insert(given.end(), added.begin(), added.end());
    append_table(top, given, result, added);
  } catch (const toml::parse_error& problem) {
    throw InputError(
        fmt::format("{}:{}: {}", *file, problem.source().begin.line, problem.description()));
  }
  result.values = std::move(arguments);
  result.values.insert(result.values.begin() + 1, added.begin(), added.end());
  return result;
}

}  // namespace lrscape::cli
