#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/parameter.hpp"

namespace lrscape {

/// Throws InputError: there is no such `kind`, with the nearest match and what is allowed.
[[noreturn]] void unknown(std::string_view kind, std::string_view given,
                          std::span<const std::string_view> allowed);

std::vector<std::string_view> names_of(std::span<const Parameter> parameters);

/// "a number >= 0 and < 1", or the choices.
std::string allowed(const Parameter& parameter);

/// A value that is allowed as it is written: a number, or the name of a choice.
std::string value_text(const Parameter& parameter, double value);

/// Throws InputError unless the parameter of `owner` may have this value.
void check_value(const Parameter& parameter, double value, std::string_view owner);

/// The text as a value of the parameter: a number, or one of its choices. Throws InputError.
double parse_value(const Parameter& parameter, std::string_view text, std::string_view owner);

}  // namespace lrscape
