#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "lrscape/parameter.hpp"

namespace lrscape {

/// An optimizer or a schedule by name, with a value for each of its parameters, in their order.
struct Choice {
  std::string name;
  std::vector<double> values;
};

/// Parameters given by name, those left out at their defaults.
using NamedValues = std::map<std::string, double, std::less<>>;

/// The parameters of an optimizer. Throws InputError for a name that is not in the list.
std::span<const Parameter> optimizer_parameters(std::string_view optimizer);

/// Checks names and ranges. Throws InputError that names what is allowed and the nearest match.
Choice choose_optimizer(std::string_view optimizer, const NamedValues& hyperparameters);

/// Throws InputError unless the optimizer exists and its values, one for each parameter, are allowed.
void check_optimizer(const Choice& optimizer);

/// A schedule with what may stand in front of it and behind it.
struct ScheduleChoice {
  Choice schedule;
  std::int64_t warmup = 0;  ///< eta_t = t / (warmup + 1) for t <= warmup
  double final_value = 0;   ///< approached instead of 0

  /// The text from which it can be read again, every parameter spelled out.
  std::string to_string() const;
};

/// Reads "name" or "name:key=value,key=value". Throws InputError.
ScheduleChoice parse_schedule(std::string_view text);

/// Throws InputError unless the schedule exists, its values are allowed and its warmup is shorter than
/// T = steps.
void check_schedule(const ScheduleChoice& schedule, std::int64_t steps);

/// eta_1 .. eta_T, entry t - 1 for step t. Throws as check_schedule does.
std::vector<double> evaluate(const ScheduleChoice& schedule, std::int64_t steps,
                             std::int64_t steps_per_epoch);

}  // namespace lrscape
