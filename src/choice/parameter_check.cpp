#include "choice/parameter_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "lrscape/error.hpp"

namespace lrscape {

void unknown(std::string_view kind, std::string_view given,
             std::span<const std::string_view> allowed) {
  throw InputError(fmt::format("unknown {} '{}'; allowed: {}{}", kind, given,
                               fmt::join(allowed, ", "), did_you_mean(given, allowed)));
}

void unknown_parameter(std::string_view owner, std::string_view kind, std::string_view given,
                       std::span<const std::string_view> allowed) {
  throw InputError(fmt::format("{} has no {} '{}'; allowed: {}{}", owner, kind, given,
                               fmt::join(allowed, ", "), did_you_mean(given, allowed)));
}

std::vector<std::string_view> names_of(std::span<const Parameter> parameters) {
  std::vector<std::string_view> names;
  for (const auto& parameter : parameters) names.push_back(parameter.name);
  return names;
}

std::string allowed(const Parameter& parameter) {
  if (parameter.kind == Parameter::Kind::choice) return std::string(parameter.choices);
  std::vector<std::string> limits;
  if (parameter.minimum == std::numeric_limits<double>::min())
    limits.emplace_back("> 0");
  else if (std::isfinite(parameter.minimum))
    limits.push_back(fmt::format(">= {}", to_text(parameter.minimum)));
  if (std::isfinite(parameter.maximum))
    limits.push_back(
        fmt::format("{} {}", parameter.maximum_allowed ? "<=" : "<", to_text(parameter.maximum)));
  const bool whole = parameter.kind != Parameter::Kind::number;
  return fmt::format("a {}number{}{}",
                     whole               ? "whole "
                     : limits.size() < 2 ? "finite "
                                         : "",
                     limits.empty() ? "" : " ", fmt::join(limits, " and "));
}

std::string value_text(const Parameter& parameter, double value) {
  if (parameter.kind != Parameter::Kind::choice) return to_text(value);
  return std::string(split(parameter.choices, '|')[static_cast<std::size_t>(value)]);
}

bool allows(const Parameter& parameter, double value) {
  const bool below = parameter.maximum_allowed && std::isfinite(value) ? value <= parameter.maximum
                                                                       : value < parameter.maximum;
  const bool whole = parameter.kind == Parameter::Kind::number || value == std::floor(value);
  return value >= parameter.minimum && below && whole && std::isfinite(value);
}

void check_value(const Parameter& parameter, double value, std::string_view owner) {
  if (allows(parameter, value)) return;
  throw InputError(fmt::format("{} of {} must be {}, not {}", parameter.name, owner,
                               allowed(parameter), to_text(value)));
}

double parse_value(const Parameter& parameter, std::string_view text, std::string_view owner) {
  if (parameter.kind != Parameter::Kind::choice)
    return parse_number(text, fmt::format("{} of {}", parameter.name, owner));
  const auto choices = split(parameter.choices, '|');
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found == choices.end())
    unknown(fmt::format("{} of {}", parameter.name, owner), text, choices);
  return static_cast<double>(found - choices.begin());
}

}  // namespace lrscape
