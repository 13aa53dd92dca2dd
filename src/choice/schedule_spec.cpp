#include "lrscape/schedule_spec.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>

#include "base/text.hpp"
#include "choice/parameter_check.hpp"
#include "choice/schedule_rule.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule/list.hpp"

namespace lrscape {
namespace {

constexpr char list_separator = '/';

enum class Common : std::size_t { cooldown, cooldown_steps, shape, warmup, final_value };

/// In the order of Common, which is also their order in the text of a schedule.
constexpr Parameter common_parameters[] = {
    {"cooldown", "the cooldown as a fraction of T + 1 steps", 0, 0, 1},
    {"cooldown-steps", "N, the steps of the cooldown, instead of a fraction", 0, 0, 0x1p53, true,
     Parameter::Kind::integer},
    {"shape", "shape of the cooldown", 0, 0, 2, true, Parameter::Kind::choice,
     "linear|sqrt|cosine"},
    {"warmup", "steps of linear warmup, eta = t / (warmup + 1); the schedule starts after them", 0,
     0, 0x1p53, true, Parameter::Kind::integer},
    {"final", "floor f: eta becomes f + (1 - f) eta, so a schedule that falls to 0 falls to f", 0,
     0, 1}};

constexpr const Parameter& definition(Common parameter) {
  return common_parameters[static_cast<std::size_t>(parameter)];
}

double value_of(const Envelope& envelope, Common parameter) {
  switch (parameter) {
    case Common::cooldown:
      return envelope.cooldown;
    case Common::cooldown_steps:
      return static_cast<double>(envelope.cooldown_steps);
    case Common::shape:
      return static_cast<double>(envelope.shape);
    case Common::warmup:
      return static_cast<double>(envelope.warmup);
    case Common::final_value:
      return envelope.final_value;
  }
  return 0;
}

void set_value(Envelope& envelope, Common parameter, double value) {
  switch (parameter) {
    case Common::cooldown:
      envelope.cooldown = value;
      envelope.cooldown_steps = Envelope::by_fraction;
      break;
    case Common::cooldown_steps:
      envelope.cooldown_steps = static_cast<std::int64_t>(value);
      break;
    case Common::shape:
      envelope.shape = static_cast<Envelope::Shape>(static_cast<int>(value));
      break;
    case Common::warmup:
      envelope.warmup = static_cast<std::int64_t>(value);
      break;
    case Common::final_value:
      envelope.final_value = value;
      break;
  }
}

std::span<const Parameter> schedule_lists(std::string_view name) {
  std::span<const Parameter> lists;
  with_schedule(name, [&]<class S>() {
    if constexpr (requires { S::lists; }) lists = std::span<const Parameter>(S::lists);
  });
  return lists;
}

constexpr std::string_view path_key = "path=";  // custom:path=FILE is custom:FILE.

/// Quotes a file name that would be read as something else in the text of a schedule, and removes
/// the quotes again.
std::string quoted(const std::string& name) {
  const bool is_plain = name.find(',') == std::string::npos && !name.starts_with(path_key);
  return is_plain ? name : fmt::format("\"{}\"", name);
}
std::string_view unquoted(std::string_view text) {
  const bool is_quoted = text.size() > 2 && text.front() == '"' && text.back() == '"';
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

/// Throws InputError for an unknown name.
Parameter parameter_named(std::string_view name, std::string_view schedule) {
  const auto all = named_schedule_parameters(schedule);
  const auto found = std::ranges::find(all, name, &Parameter::name);
  if (found == all.end())
    unknown_parameter(fmt::format("the schedule {}", schedule), "parameter", name, names_of(all));
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

double default_cooldown(std::string_view name) {
  double fraction = 0;
  with_schedule(name, [&]<class S>() {
    if constexpr (requires { S::default_cooldown; }) fraction = S::default_cooldown;
  });
  return fraction;
}

void check_envelope(const ScheduleSpec& spec, std::int64_t steps) {
  const Envelope& envelope = spec.envelope;
  using enum Common;
  for (const Common parameter : {cooldown, cooldown_steps, shape, warmup, final_value})
    if (parameter != cooldown_steps || envelope.cooldown_steps != Envelope::by_fraction)
      check_value(definition(parameter), value_of(envelope, parameter), spec.name);
  if (envelope.warmup >= steps && envelope.warmup > 0)
    throw InputError(fmt::format("a warmup of {} does not fit into a schedule of {}",
                                 counted(envelope.warmup, "step"), counted(steps, "step")));
  const std::int64_t length = envelope.cooldown_length(steps);
  if (length > steps + 1 - envelope.warmup)
    throw InputError(fmt::format(
        "a cooldown of {}{} not fit into a schedule of {}; the cooldown may have at most {}",
        counted(length, "step"),
        envelope.warmup > 0
            ? fmt::format(" and a warmup of {} do", counted(envelope.warmup, "step"))
            : " does",
        counted(steps, "step"), counted(steps + 1 - envelope.warmup, "step")));
}

}  // namespace

std::span<const Parameter> common_schedule_parameters() { return common_parameters; }

std::vector<Parameter> named_schedule_parameters(std::string_view schedule) {
  const auto own = schedule_parameters(schedule);
  std::vector<Parameter> all(own.begin(), own.end());
  if (schedule != schedule::Custom::name)  // Its list comes from a file.
    std::ranges::copy(schedule_lists(schedule), std::back_inserter(all));
  for (const Parameter& parameter : common_parameters) {
    all.push_back(parameter);
    if (&parameter == &definition(Common::cooldown))
      all.back().default_value = default_cooldown(schedule);
  }
  return all;
}

std::span<const Parameter> schedule_parameters(std::string_view name) {
  std::span<const Parameter> parameters;
  with_schedule(name, [&]<class S>() { parameters = std::span<const Parameter>(S::parameters); });
  return parameters;
}

void set_parameter(ScheduleSpec& schedule, std::string_view parameter, double value) {
  const auto& name = schedule.name;
  check_value(parameter_named(parameter, name), value, name);
  const auto common = std::ranges::find(common_parameters, parameter, &Parameter::name);
  if (common != std::end(common_parameters)) {
    set_value(schedule.envelope, static_cast<Common>(common - common_parameters), value);
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
  spec.envelope.cooldown = default_cooldown(name);
  const auto lists = schedule_lists(name);
  spec.lists.resize(lists.size());
  const bool from_file = name == schedule::Custom::name;

  std::set<std::string_view> given;
  const auto parts = colon == std::string_view::npos ? std::vector<std::string_view>()
                                                     : split_unquoted(text.substr(colon + 1), ',');
  const auto is_path = [](std::string_view part) { return part.starts_with(path_key); };
  const bool has_path = from_file && std::ranges::any_of(parts, is_path);
  for (const auto part : parts) {
    const auto equals = part.find('=');
    const auto key = part.substr(0, equals);
    if (from_file && spec.file.empty() && is_path(part) == has_path) {
      const auto file = has_path ? part.substr(path_key.size()) : part;
      if (file.empty()) break;  // Rejected below.
      spec.file = unquoted(file);
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
  if (given.contains("cooldown") && given.contains("cooldown-steps"))
    throw InputError(
        fmt::format("schedule '{}': give either cooldown or cooldown-steps, not both", text));
  if (from_file && spec.file.empty())
    throw InputError("the schedule custom needs a file with one value per step: custom:FILE");
  for (std::size_t k = 0; !from_file && k < lists.size(); ++k)
    if (spec.lists[k].empty())
      throw InputError(fmt::format("the schedule {} needs {}=..., the {}", name, lists[k].name,
                                   lists[k].summary));
  return spec;
}

std::vector<ScheduleSpec::Named> ScheduleSpec::named_values() const {
  constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
  std::vector<Named> named;
  if (!file.empty()) named.push_back({"file", file, no_number});
  const auto add = [&](const Parameter& parameter, double value) {
    const bool is_choice = parameter.kind == Parameter::Kind::choice;
    named.push_back(
        {std::string(parameter.name), value_text(parameter, value), is_choice ? no_number : value});
  };
  const auto parameters = schedule_parameters(name);
  for (std::size_t k = 0; k < parameters.size(); ++k)
    // Column 0 is the only column of the file.
    if (file.empty() || values[k] != 0) add(parameters[k], values[k]);
  const auto known = schedule_lists(name);
  for (std::size_t k = 0; file.empty() && k < lists.size(); ++k) {
    std::vector<std::string> texts;
    for (const double value : lists[k]) texts.push_back(to_text(value));
    named.push_back({std::string(known[k].name),
                     fmt::format("{}", fmt::join(texts, std::string(1, list_separator))),
                     no_number});
  }
  const bool by_steps = envelope.cooldown_steps != Envelope::by_fraction;
  const auto add_common = [&](Common parameter) {
    add(definition(parameter), value_of(envelope, parameter));
  };
  using enum Common;
  if (by_steps || envelope.cooldown > 0 || default_cooldown(name) > 0) {
    add_common(by_steps ? cooldown_steps : cooldown);
    add_common(shape);
  }
  if (envelope.warmup > 0) add_common(warmup);
  if (envelope.final_value > 0) add_common(final_value);
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
  check_envelope(spec, steps);
  const auto known = schedule_lists(name);
  if (spec.lists.size() != known.size())
    throw InputError(
        fmt::format("the schedule {} has {} lists, not {}", name, known.size(), spec.lists.size()));
  if (!spec.file.empty() && std::ranges::any_of(spec.lists, &std::vector<double>::empty))
    throw InputError(fmt::format("the schedule {} has no values because its file has not been read",
                                 spec.to_string()));
  for (std::size_t k = 0; k < known.size(); ++k) {
    const std::vector<double>& list = spec.lists[k];
    const auto wrong =
        std::ranges::find_if(list, [&](double value) { return !allows(known[k], value); });
    if (wrong == list.end()) continue;
    if (spec.file.empty()) check_value(known[k], *wrong, name);
    throw InputError(fmt::format("the multiplier of step {} of {} must be {}, not {}",
                                 wrong - list.begin() + 1, spec.file, allowed(known[k]),
                                 to_text(*wrong)));
  }
  const std::int64_t used =
      std::clamp<std::int64_t>(spec.envelope.last_before_cooldown(steps) - spec.envelope.warmup, 1,
                               steps - spec.envelope.warmup);
  with_schedule(name, [&]<class S>() {
    const auto lists = numbers(spec);
    if constexpr (requires { S::conflict(Given(), steps, steps); })
      if (const auto conflict =
              S::conflict({spec.values.data(), lists.data()}, steps - spec.envelope.warmup, used);
          !conflict.empty())
        throw InputError(fmt::format("the schedule {} {}", spec.to_string(), conflict));
  });
}

}  // namespace lrscape
