#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/parameter.hpp"

namespace lrscape {

/// Throws InputError for an unknown `kind`, with the nearest match and the allowed names.
[[noreturn]] void unknown(std::string_view kind, std::string_view given,
                          std::span<const std::string_view> allowed);

std::vector<std::string_view> names_of(std::span<const Parameter> parameters);

/// Throws InputError for a parameter that its `owner` lacks, such as a hyper-parameter of sgd.
[[noreturn]] void unknown_parameter(std::string_view owner, std::string_view kind,
                                    std::string_view given,
                                    std::span<const std::string_view> allowed);

/// The allowed values, for messages: "a number >= 0 and < 1", or the choices.
std::string allowed(const Parameter& parameter);

/// An allowed value as users write it: a number, or the name of a choice.
std::string value_text(const Parameter& parameter, double value);

bool allows(const Parameter& parameter, double value);

/// Throws InputError unless the parameter of `owner` allows this value.
void check_value(const Parameter& parameter, double value, std::string_view owner);

/// Parses a value of the parameter: a number, or the name of a choice. Throws InputError for any
/// other text.
double parse_value(const Parameter& parameter, std::string_view text, std::string_view owner);

}  // namespace lrscape
