#include "lrscape/schedule_spec.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>

#include "base/text.hpp"
#include "choice/parameter_check.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule/list.hpp"

namespace lrscape {
namespace {

constexpr char list_separator = '/';

constexpr Parameter common_parameters[] = {
    {"warmup", "steps of linear warmup, eta = t / (warmup + 1), before the schedule", 0, 0, 0x1p53,
     true, Parameter::Kind::integer},
    {"final", "floor f: eta becomes f + (1 - f) eta, so a schedule that falls to 0 falls to f", 0,
     0, 1}};
constexpr const Parameter& warmup_parameter = common_parameters[0];
constexpr const Parameter& final_parameter = common_parameters[1];

/// Calls `visit.template operator()<Schedule>()` for the schedule with this name. Throws InputError
/// if there is none.
template <class Visitor>
void with_schedule(std::string_view name, Visitor&& visit) {
  if (!Schedules::with_name(name, std::forward<Visitor>(visit)))
    unknown("schedule", name, Schedules::names);
}

std::span<const Parameter> schedule_lists(std::string_view name) {
  std::span<const Parameter> lists;
  with_schedule(name, [&]<class S>() {
    if constexpr (requires { S::lists; }) lists = std::span<const Parameter>(S::lists);
  });
  return lists;
}

std::vector<Numbers> numbers(const ScheduleSpec& spec) {
  std::vector<Numbers> numbers;
  for (const auto& list : spec.lists)
    numbers.push_back({list.data(), static_cast<std::int64_t>(list.size())});
  return numbers;
}

/// Quotes a file name with commas for the text of a schedule, and removes the quotes again.
std::string quoted(const std::string& name) {
  return name.find(',') == std::string::npos ? name : fmt::format("\"{}\"", name);
}
std::string_view unquoted(std::string_view text) {
  const bool is_quoted = text.size() > 2 && text.front() == '"' && text.back() == '"';
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

/// The parameters that the text of a schedule can set by name. Excludes the list of a custom
/// schedule, which comes from a file.
std::vector<Parameter> parameters_by_name(std::string_view schedule) {
  const auto own = schedule_parameters(schedule);
  std::vector<Parameter> all(own.begin(), own.end());
  if (schedule != schedule::Custom::name)
    std::ranges::copy(schedule_lists(schedule), std::back_inserter(all));
  std::ranges::copy(common_parameters, std::back_inserter(all));
  return all;
}

/// Looks up a name in parameters_by_name(). Throws InputError for an unknown name.
Parameter parameter_named(std::string_view name, std::string_view schedule) {
  const auto all = parameters_by_name(schedule);
  const auto found = std::ranges::find(all, name, &Parameter::name);
  if (found == all.end())
    unknown(fmt::format("parameter of the schedule {}", schedule), name, names_of(all));
  return *found;
}

/// The list with this name, or nullptr.
std::vector<double>* list_named(ScheduleSpec& spec, std::string_view name) {
  const auto known = schedule_lists(spec.name);
  const auto found = std::ranges::find(known, name, &Parameter::name);
  if (found == known.end()) return nullptr;
  return &spec.lists.at(static_cast<std::size_t>(found - known.begin()));
}

/// Sets one parameter of the schedule from its text.
void set_from_text(ScheduleSpec& spec, std::string_view name, std::string_view text) {
  const auto& schedule = spec.name;
  const auto parameter = parameter_named(name, schedule);
  auto* const list = list_named(spec, name);
  if (list == nullptr) {
    set_parameter(spec, name, parse_value(parameter, text, schedule));
    return;
  }
  for (const auto part : split(text, list_separator)) {
    list->push_back(parse_value(parameter, part, schedule));
    check_value(parameter, list->back(), schedule);
  }
}

}  // namespace

std::span<const Parameter> common_schedule_parameters() { return common_parameters; }

std::span<const Parameter> schedule_parameters(std::string_view name) {
  std::span<const Parameter> parameters;
  with_schedule(name, [&]<class S>() { parameters = std::span<const Parameter>(S::parameters); });
  return parameters;
}

void set_parameter(ScheduleSpec& schedule, std::string_view parameter, double value) {
  const auto& name = schedule.name;
  check_value(parameter_named(parameter, name), value, name);
  if (parameter == warmup_parameter.name) {
    schedule.warmup = static_cast<std::int64_t>(value);
  } else if (parameter == final_parameter.name) {
    schedule.final_value = value;
  } else if (auto* const list = list_named(schedule, parameter)) {
    *list = {value};
  } else {
    const auto own = schedule_parameters(name);
    const auto found = std::ranges::find(own, parameter, &Parameter::name);
    schedule.values.at(static_cast<std::size_t>(found - own.begin())) = value;
  }
}

ScheduleSpec parse_schedule(std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  ScheduleSpec spec{std::string(name), {}};
  for (const auto& parameter : schedule_parameters(name))
    spec.values.push_back(parameter.default_value);
  const auto lists = schedule_lists(name);
  spec.lists.resize(lists.size());
  const bool from_file = name == schedule::Custom::name;

  std::set<std::string_view> given;
  for (const auto part : colon == std::string_view::npos
                             ? std::vector<std::string_view>()
                             : split_unquoted(text.substr(colon + 1), ',')) {
    const auto equals = part.find('=');
    const auto key = part.substr(0, equals);
    if (from_file && spec.file.empty()) {
      if (part.empty()) break;  // Rejected below.
      spec.file = unquoted(part);
      continue;
    }
    if (equals == std::string_view::npos)
      throw InputError(
          fmt::format("schedule '{}': '{}' is not of the form parameter=value", text, part));
    parameter_named(key, name);  // Throws for an unknown name.
    if (!given.insert(key).second)
      throw InputError(fmt::format("schedule '{}': {} is given twice", text, key));
    set_from_text(spec, key, part.substr(equals + 1));
  }
  if (from_file && spec.file.empty())
    throw InputError("the schedule custom needs a file with one value per step: custom:FILE");
  for (std::size_t k = 0; !from_file && k < lists.size(); ++k)
    if (spec.lists[k].empty())
      throw InputError(
          fmt::format("the schedule {} needs {}=: {}", name, lists[k].name, lists[k].summary));
  return spec;
}

std::vector<ScheduleSpec::Named> ScheduleSpec::named_values() const {
  constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
  std::vector<Named> named;
  if (!file.empty()) named.push_back({"file", file, no_number});
  const auto parameters = schedule_parameters(name);
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const double value = values[k];
    const std::string parameter(parameters[k].name);
    if (!file.empty() && value == 0) continue;  // Column 0: the only column of the file.
    if (parameters[k].kind == Parameter::Kind::choice) {
      named.push_back({parameter, value_text(parameters[k], value), no_number});
    } else {
      named.push_back({parameter, to_text(value), value});
    }
  }
  const auto known = schedule_lists(name);
  for (std::size_t k = 0; file.empty() && k < lists.size(); ++k) {
    std::vector<std::string> texts;
    for (const double value : lists[k]) texts.push_back(to_text(value));
    named.push_back({std::string(known[k].name),
                     fmt::format("{}", fmt::join(texts, std::string(1, list_separator))),
                     no_number});
  }
  if (warmup > 0)
    named.push_back({"warmup", fmt::format("{}", warmup), static_cast<double>(warmup)});
  if (final_value > 0) named.push_back({"final", to_text(final_value), final_value});
  return named;
}

std::string ScheduleSpec::to_string() const {
  std::vector<std::string> parts;
  for (const auto& [parameter, text, value] : named_values())
    parts.push_back(parameter == "file" ? quoted(text) : fmt::format("{}={}", parameter, text));
  return parts.empty() ? name : fmt::format("{}:{}", name, fmt::join(parts, ","));
}

void check_schedule(const ScheduleSpec& spec, std::int64_t steps) {
  const auto& name = spec.name;
  const auto parameters = schedule_parameters(name);
  if (steps < 1) throw InputError(fmt::format("a schedule needs at least one step, not {}", steps));
  if (spec.values.size() != parameters.size())
    throw InputError(fmt::format("the schedule {} has {} parameters, not {}", name,
                                 parameters.size(), spec.values.size()));
  for (std::size_t k = 0; k < parameters.size(); ++k)
    check_value(parameters[k], spec.values[k], name);
  check_value(final_parameter, spec.final_value, name);
  check_value(warmup_parameter, static_cast<double>(spec.warmup), name);
  if (spec.warmup >= steps && spec.warmup > 0)
    throw InputError(fmt::format("a warmup of {} steps does not fit into a schedule of {} steps",
                                 spec.warmup, steps));
  const auto known = schedule_lists(name);
  if (spec.lists.size() != known.size())
    throw InputError(
        fmt::format("the schedule {} has {} lists, not {}", name, known.size(), spec.lists.size()));
  if (!spec.file.empty() && std::ranges::any_of(spec.lists, &std::vector<double>::empty))
    throw InputError(fmt::format("the schedule {} has no values because its file has not been read",
                                 spec.to_string()));
  for (std::size_t k = 0; k < known.size(); ++k)
    for (const double value : spec.lists[k])
      check_value(known[k], value, spec.file.empty() ? name : spec.file);
  with_schedule(name, [&]<class S>() {
    const auto lists = numbers(spec);
    if constexpr (requires { S::conflict(Given(), steps); })
      if (const auto conflict = S::conflict({spec.values.data(), lists.data()}, steps);
          !conflict.empty())
        throw InputError(fmt::format("the schedule {}: {}", spec.to_string(), conflict));
  });
}

std::vector<double> evaluate(const ScheduleSpec& spec, std::int64_t steps,
                             std::int64_t steps_per_epoch) {
  check_schedule(spec, steps);
  std::vector<double> eta(static_cast<std::size_t>(steps));
  evaluate(spec, steps, steps_per_epoch, 1, steps, eta.data(), 1);
  return eta;
}

void evaluate(const ScheduleSpec& spec, std::int64_t steps, std::int64_t steps_per_epoch,
              std::int64_t first, std::int64_t last, double* eta, std::size_t stride) {
  const auto lists = numbers(spec);
  const Given given = {spec.values.data(), lists.data()};
  const std::int64_t warmup = spec.warmup;
  const double final_value = spec.final_value;
  with_schedule(spec.name, [&]<class S>() {
    for (std::int64_t t = first; t <= last; ++t, eta += stride)
      *eta = multiplier<S>(given, warmup, final_value, {t, steps, steps_per_epoch});
  });
}

}  // namespace lrscape
