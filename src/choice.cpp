#include "lrscape/choice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "lrscape/error.hpp"
#include "lrscape/optimizer/list.hpp"
#include "lrscape/schedule/list.hpp"
#include "text.hpp"

namespace lrscape {
namespace {

[[noreturn]] void unknown(std::string_view kind, std::string_view given,
                          std::span<const std::string_view> allowed) {
  throw InputError(fmt::format("unknown {} '{}'{}; allowed: {}", kind, given,
                               did_you_mean(given, allowed), fmt::join(allowed, ", ")));
}

std::vector<std::string_view> names_of(std::span<const Parameter> parameters) {
  std::vector<std::string_view> names;
  for (const auto& parameter : parameters) names.push_back(parameter.name);
  return names;
}

void check_value(const Parameter& parameter, double value, std::string_view owner) {
  const bool below = parameter.maximum_allowed && std::isfinite(value) ? value <= parameter.maximum
                                                                       : value < parameter.maximum;
  const bool whole = parameter.kind == Parameter::Kind::number || value == std::floor(value);
  if (value >= parameter.minimum && below && whole && std::isfinite(value)) return;
  throw InputError(
      fmt::format("{} of {} must be {} {}{} and {}{}, not {}", parameter.name, owner,
                  parameter.kind == Parameter::Kind::number ? "a number" : "a whole number",
                  std::isfinite(parameter.minimum) ? ">= " : "> ", to_text(parameter.minimum),
                  parameter.maximum_allowed && std::isfinite(parameter.maximum) ? "<= " : "< ",
                  to_text(parameter.maximum), to_text(value)));
}

std::span<const Parameter> schedule_parameters(std::string_view name) {
  std::span<const Parameter> parameters;
  const bool known = Schedules::with_name(
      name, [&]<class S>() { parameters = std::span<const Parameter>(S::parameters); });
  if (!known) unknown("schedule", name, Schedules::names);
  return parameters;
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

constexpr Parameter warmup_parameter = {"warmup", "steps of linear warmup in front", 0, 0, 0x1p53,
                                        true,     Parameter::Kind::integer};
constexpr Parameter final_parameter = {
    "final", "what is approached instead of 0, as a fraction of 1", 0, 0, 1};

}  // namespace

std::span<const Parameter> optimizer_parameters(std::string_view optimizer) {
  std::span<const Parameter> parameters;
  const bool known = Optimizers::with_name(
      optimizer, [&]<class O>() { parameters = std::span<const Parameter>(O::hyperparameters); });
  if (!known) unknown("optimizer", optimizer, Optimizers::names);
  return parameters;
}

void check_optimizer(const Choice& choice) {
  const auto parameters = optimizer_parameters(choice.name);
  if (choice.values.size() != parameters.size())
    throw InputError(fmt::format("{} has {} hyper-parameters, not {}", choice.name,
                                 parameters.size(), choice.values.size()));
  for (std::size_t k = 0; k < parameters.size(); ++k)
    check_value(parameters[k], choice.values[k], choice.name);
  Optimizers::with_name(choice.name, [&]<class O>() {
    if constexpr (requires { O::conflict(choice.values.data()); })
      if (const auto conflict = O::conflict(choice.values.data()); !conflict.empty())
        throw InputError(fmt::format("{}: {}", choice.name, conflict));
  });
}

Choice choose_optimizer(std::string_view optimizer, const NamedValues& hyperparameters) {
  const auto parameters = optimizer_parameters(optimizer);
  const auto names = names_of(parameters);
  for (const auto& [name, value] : hyperparameters)
    if (std::find(names.begin(), names.end(), name) == names.end())
      unknown(fmt::format("hyper-parameter of {}", optimizer), name, names);
  Choice choice{std::string(optimizer), {}};
  for (const auto& parameter : parameters) {
    const auto given = hyperparameters.find(parameter.name);
    choice.values.push_back(given == hyperparameters.end() ? parameter.default_value
                                                           : given->second);
  }
  check_optimizer(choice);
  return choice;
}

ScheduleChoice parse_schedule(std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  auto parameters = schedule_parameters(name);
  ScheduleChoice choice{{std::string(name), {}}};
  for (const auto& parameter : parameters)
    choice.schedule.values.push_back(parameter.default_value);
  if (colon == std::string_view::npos) return choice;

  auto allowed = names_of(parameters);
  allowed.push_back(warmup_parameter.name);
  allowed.push_back(final_parameter.name);
  std::set<std::string_view> given;
  for (const auto part : split(text.substr(colon + 1), ',')) {
    const auto equals = part.find('=');
    const auto key = part.substr(0, equals);
    if (equals == std::string_view::npos)
      throw InputError(
          fmt::format("schedule '{}': '{}' is not of the form parameter=value", text, part));
    if (std::find(allowed.begin(), allowed.end(), key) == allowed.end())
      unknown(fmt::format("parameter of the schedule {}", name), key, allowed);
    if (!given.insert(key).second)
      throw InputError(fmt::format("schedule '{}': {} is given twice", text, key));
    const auto value_text = part.substr(equals + 1);
    const auto read = [&](const Parameter& parameter) {
      const double value = parse_value(parameter, value_text, name);
      check_value(parameter, value, name);
      return value;
    };
    if (key == warmup_parameter.name) {
      choice.warmup = static_cast<std::int64_t>(read(warmup_parameter));
    } else if (key == final_parameter.name) {
      choice.final_value = read(final_parameter);
    } else {
      for (std::size_t k = 0; k < parameters.size(); ++k)
        if (parameters[k].name == key) choice.schedule.values[k] = read(parameters[k]);
    }
  }
  return choice;
}

std::string ScheduleChoice::to_string() const {
  std::vector<std::string> parts;
  const auto parameters = schedule_parameters(schedule.name);
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const double value = schedule.values[k];
    const auto text =
        parameters[k].kind == Parameter::Kind::choice
            ? std::string(split(parameters[k].choices, '|')[static_cast<std::size_t>(value)])
            : to_text(value);
    parts.push_back(fmt::format("{}={}", parameters[k].name, text));
  }
  if (warmup > 0) parts.push_back(fmt::format("warmup={}", warmup));
  if (final_value > 0) parts.push_back(fmt::format("final={}", to_text(final_value)));
  return parts.empty() ? schedule.name : fmt::format("{}:{}", schedule.name, fmt::join(parts, ","));
}

void check_schedule(const ScheduleChoice& choice, std::int64_t steps) {
  const auto parameters = schedule_parameters(choice.schedule.name);
  if (choice.schedule.values.size() != parameters.size())
    throw InputError(fmt::format("the schedule {} has {} parameters, not {}", choice.schedule.name,
                                 parameters.size(), choice.schedule.values.size()));
  for (std::size_t k = 0; k < parameters.size(); ++k)
    check_value(parameters[k], choice.schedule.values[k], choice.schedule.name);
  check_value(final_parameter, choice.final_value, choice.schedule.name);
  check_value(warmup_parameter, static_cast<double>(choice.warmup), choice.schedule.name);
  if (choice.warmup >= steps && choice.warmup > 0)
    throw InputError(fmt::format("a warmup of {} steps does not fit before the end of {} steps",
                                 choice.warmup, steps));
}

std::vector<double> evaluate(const ScheduleChoice& choice, std::int64_t steps,
                             std::int64_t steps_per_epoch) {
  check_schedule(choice, steps);
  std::vector<double> eta(static_cast<std::size_t>(steps));
  Schedules::with_name(choice.schedule.name, [&]<class S>() {
    const std::int64_t offset = S::own_clock ? choice.warmup : 0;
    for (std::int64_t t = 1; t <= steps; ++t) {
      double& value = eta[static_cast<std::size_t>(t - 1)];
      if (t <= choice.warmup) {
        value = static_cast<double>(t) / static_cast<double>(choice.warmup + 1);
        continue;
      }
      value = S::eta(choice.schedule.values.data(), {t - offset, steps - offset, steps_per_epoch});
      if (choice.final_value > 0) value = choice.final_value + (1 - choice.final_value) * value;
    }
  });
  return eta;
}

}  // namespace lrscape
