#include "choice/parameter_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "lrscape/error.hpp"

namespace lrscape {

void unknown(std::string_view kind, std::string_view given,
             std::span<const std::string_view> allowed) {
  throw InputError(fmt::format("unknown {} '{}'{}; allowed: {}", kind, given,
                               did_you_mean(given, allowed), fmt::join(allowed, ", ")));
}

std::vector<std::string_view> names_of(std::span<const Parameter> parameters) {
  std::vector<std::string_view> names;
  for (const auto& parameter : parameters) names.push_back(parameter.name);
  return names;
}

std::string allowed(const Parameter& parameter) {
  if (parameter.kind == Parameter::Kind::choice) return std::string(parameter.choices);
  return fmt::format("{} {}{} and {}{}",
                     parameter.kind == Parameter::Kind::number ? "a number" : "a whole number",
                     std::isfinite(parameter.minimum) ? ">= " : "> ", to_text(parameter.minimum),
                     parameter.maximum_allowed && std::isfinite(parameter.maximum) ? "<= " : "< ",
                     to_text(parameter.maximum));
}

std::string value_text(const Parameter& parameter, double value) {
  if (parameter.kind != Parameter::Kind::choice) return to_text(value);
  return std::string(split(parameter.choices, '|')[static_cast<std::size_t>(value)]);
}

void check_value(const Parameter& parameter, double value, std::string_view owner) {
  const bool below = parameter.maximum_allowed && std::isfinite(value) ? value <= parameter.maximum
                                                                       : value < parameter.maximum;
  const bool whole = parameter.kind == Parameter::Kind::number || value == std::floor(value);
  if (value >= parameter.minimum && below && whole && std::isfinite(value)) return;
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
