#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "choice/parameter_check.hpp"
#include "choice/typed_rule.hpp"
#include "lrscape/axis.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape {
namespace {

bool is_choice(std::string_view schedule, std::string_view key, std::string_view text) {
  for (const auto& parameter : named_schedule_parameters(schedule))
    if (parameter.name == key && parameter.kind == Parameter::Kind::choice)
      return std::ranges::count(split(parameter.choices, '|'), text) > 0;
  return false;
}

/// A parameter that varies between the schedules of one text.
struct Varied {
  std::string parameter;
  std::vector<double> values;
};

/// The values of a range or of several texts; empty for a single text that is not a range.
std::vector<double> values_of(std::string_view schedule, std::string_view key,
                              const std::vector<std::string>& texts) {
  if (texts.empty() || (texts.size() == 1 && texts[0].find(':') == std::string::npos)) return {};
  if (std::ranges::all_of(texts, [](const auto& text) { return begins_number(text); }))
    return parse_axis(fmt::format("{}", fmt::join(texts, ",")),
                      fmt::format("{} of {}", key, schedule), Spacing::linear);
  std::vector<double> values;
  for (const auto& parameter : named_schedule_parameters(schedule))
    if (parameter.name == key && parameter.kind == Parameter::Kind::choice)
      for (const auto& text : texts) values.push_back(parse_value(parameter, text, schedule));
  return values;
}

/// One copy for each combination of the values; the last parameter varies fastest.
std::vector<ScheduleSpec> copies_of(const ScheduleSpec& schedule,
                                    const std::vector<Varied>& varied) {
  std::vector<ScheduleSpec> copies = {schedule};
  for (const auto& [parameter, values] : varied) {
    std::vector<ScheduleSpec> longer;
    longer.reserve(copies.size() * values.size());
    for (const auto& copy : copies)
      for (const double value : values) set_parameter(longer.emplace_back(copy), parameter, value);
    copies = std::move(longer);
  }
  return copies;
}

std::vector<ScheduleSpec> expand(const TypedRule& typed) {
  constexpr std::size_t most_schedules = 10'000'000;
  schedule_parameters(typed.name);  // Throws if the name is unknown.
  // Parse the schedule once, with the first value of every range; copies get the other values.
  std::string text = typed.name;
  std::vector<Varied> varied;
  std::size_t count = 1;
  for (const auto& [key, texts] : typed.parameters) {
    text += (text.size() == typed.name.size() ? ":" : ",") + key;
    if (texts.empty()) continue;
    const auto values = values_of(typed.name, key, texts);
    const bool first_is_text = values.empty() || !begins_number(texts.front());
    text += "=" + (first_is_text ? texts.front() : to_text(values.front()));
    if (values.empty()) continue;
    varied.push_back({key, values});
    count *= values.size();
    if (count > most_schedules)
      throw InputError(
          fmt::format("{}: at most {} schedules are allowed at once", typed.name, most_schedules));
  }
  return copies_of(parse_schedule(text), varied);
}

}  // namespace

std::vector<ScheduleSpec> parse_schedules(std::string_view text) {
  std::vector<ScheduleSpec> schedules;
  for (const TypedRule& typed : take_apart(text, "schedule", is_choice))
    for (auto& schedule : expand(typed)) schedules.push_back(std::move(schedule));
  return schedules;
}

}  // namespace lrscape
