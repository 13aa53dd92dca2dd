#pragma once

#include <CLI/CLI.hpp>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace lrscape::cli {

/// What the chosen command knows of an option, given as "--name".
enum class OptionKind { unknown, flag, value };
using KindOf = std::function<OptionKind(const std::string& option)>;

/// The arguments as CLI11 is to see them: it takes an option for the value of the one before it, and
/// many a text for true. Throws InputError for an option without its value, and for a flag with
/// another one than true or false.
std::vector<std::string> plain_arguments(const std::vector<std::string>& arguments,
                                         const KindOf& kind_of);

/// Adds an option, or an argument without a name, that takes one value and is given at most once.
/// Every value is read by `read`, not by a conversion of CLI11's, so that texts mean the same
/// everywhere. `type` is what help calls the value.
CLI::Option* add_option(CLI::App& command, const std::string& name, const std::string& help,
                        const std::string& type, std::function<void(std::string_view text)> read);

/// The value's place among the allowed ones. Throws InputError for another value.
std::size_t one_of(std::string_view option, std::string_view value,
                   std::initializer_list<std::string_view> allowed);

/// Throws InputError for an empty text.
std::string read_text(std::string_view text, std::string_view option);

/// The same with a value of the usual kinds: a text, a number or a whole number.
template <class Value>
CLI::Option* add_value(CLI::App& command, const std::string& name, Value& value,
                       const std::string& help) {
  if constexpr (std::same_as<Value, std::string>)
    return add_option(command, name, help, "TEXT",
                      [&value, name](std::string_view text) { value = read_text(text, name); });
  else if constexpr (std::integral<Value>)
    return add_option(command, name, help, "INT", [&value, name](std::string_view text) {
      value = parse_whole_number<Value>(text, name);
    });
  else
    return add_option(command, name, help, "FLOAT",
                      [&value, name](std::string_view text) { value = parse_number(text, name); });
}

}  // namespace lrscape::cli
