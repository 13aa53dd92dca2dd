#include "cli/schedule_axis.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "cli/axis.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

/// One schedule as it was typed: its name, and for each parameter the texts of its values.
struct Typed {
  std::string name;
  std::vector<std::pair<std::string, std::vector<std::string>>> parameters = {};
};

bool is_choice(std::string_view schedule, std::string_view key, std::string_view text) {
  for (const auto& parameter : schedule_parameters(schedule))
    if (parameter.name == key && parameter.kind == Parameter::Kind::choice)
      return std::ranges::count(split(parameter.choices, '|'), text) > 0;
  return false;
}

bool begins_number(std::string_view text) {
  return text.starts_with("lin:") || text.starts_with("log:") ||
         (!text.empty() && std::string_view("0123456789+-.").find(text[0]) != text.npos);
}

void append_parameter(Typed& typed, std::string_view part) {
  const auto equals = part.find('=');
  const auto key = part.substr(0, equals);
  const bool known =
      std::ranges::any_of(typed.parameters, [&](const auto& entry) { return entry.first == key; });
  if (equals == std::string_view::npos || part.starts_with('"'))
    typed.parameters.push_back({std::string(part), {}});  // A file, or an error to be found later.
  else if (known)
    throw InputError(fmt::format("schedule {}: {} is given twice", typed.name, key));
  else
    typed.parameters.push_back({std::string(key), {std::string(part.substr(equals + 1))}});
}

std::vector<Typed> take_apart(std::string_view text) {
  std::vector<Typed> all;
  for (const auto part : split_unquoted(text, ',')) {
    const bool follows = !all.empty() && !all.back().parameters.empty() &&
                         !all.back().parameters.back().second.empty();
    const auto equals = part.find('=');
    const auto colon = part.find(':');
    if (follows && equals == std::string_view::npos &&
        (begins_number(part) ||
         is_choice(all.back().name, all.back().parameters.back().first, part))) {
      all.back().parameters.back().second.emplace_back(part);
    } else if (!all.empty() && equals != std::string_view::npos && (colon > equals)) {
      append_parameter(all.back(), part);
    } else {
      all.push_back({std::string(part.substr(0, colon))});
      if (colon != std::string_view::npos) append_parameter(all.back(), part.substr(colon + 1));
    }
  }
  return all;
}

/// The values as texts again, so that one parser reads them all.
std::vector<std::string> values_of(const std::string& schedule, const std::string& key,
                                   const std::vector<std::string>& texts) {
  if (texts.empty()) return texts;
  if (texts.size() == 1 && texts[0].find(':') == std::string::npos) return texts;
  const bool numbers = std::ranges::all_of(texts, [](const auto& t) { return begins_number(t); });
  if (!numbers) return texts;
  std::vector<std::string> values;
  const auto what = fmt::format("{} of {}", key, schedule);
  for (const double value :
       parse_axis(fmt::format("{}", fmt::join(texts, ",")), what, Spacing::linear))
    values.push_back(to_text(value));
  return values;
}

}  // namespace

std::vector<ScheduleChoice> parse_schedules(std::string_view text) {
  constexpr std::size_t most_schedules = 10'000'000;
  std::vector<ScheduleChoice> schedules;
  for (const Typed& typed : take_apart(text)) {
    schedule_parameters(typed.name);  // Throws for a name that is not known.
    std::vector<std::string> texts = {typed.name};
    for (std::size_t k = 0; k < typed.parameters.size(); ++k) {
      const auto& [key, given] = typed.parameters[k];
      const auto values = values_of(typed.name, key, given);
      if (texts.size() * std::max<std::size_t>(1, values.size()) > most_schedules)
        throw InputError(fmt::format("{}: more than {} schedules are too many at once", typed.name,
                                     most_schedules));
      std::vector<std::string> longer;
      for (const auto& before : texts) {
        const auto start = before + (k == 0 ? ":" : ",") + key;
        if (given.empty()) longer.push_back(start);
        for (const auto& value : values) longer.push_back(start + "=" + value);
      }
      texts = std::move(longer);
    }
    for (const auto& one : texts) schedules.push_back(parse_schedule(one));
  }
  return schedules;
}

}  // namespace lrscape::cli
