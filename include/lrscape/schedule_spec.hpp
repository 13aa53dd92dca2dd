#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/parameter.hpp"

namespace lrscape {

/// A schedule with what may stand in front of it and behind it.
struct ScheduleSpec {
  std::string name;
  std::vector<double> values;                   ///< one for each of schedule_parameters(name)
  std::int64_t warmup = 0;                      ///< eta_t = t / (warmup + 1) for t <= warmup
  double final_value = 0;                       ///< approached instead of 0
  std::vector<std::vector<double>> lists = {};  ///< one for each of the schedule's lists
  std::string file = {};                        ///< the file with the list of a custom schedule

  /// A parameter with what it was given.
  struct Named {
    std::string name;
    std::string text;  ///< As in to_string(), but for a quoted file name.
    double value;      ///< NaN for a choice, a list or a file.
  };
  /// Its parameters, its lists or its file, and warmup and final if they are not 0.
  std::vector<Named> named_values() const;

  /// The text from which it can be read again, every parameter spelled out.
  std::string to_string() const;
};

/// The parameters of a schedule that are single numbers. Throws InputError for a name that is not in
/// the list.
std::span<const Parameter> schedule_parameters(std::string_view schedule);

/// Those that every schedule has besides: warmup and final.
std::span<const Parameter> common_schedule_parameters();

/// Parses "name" or "name:key=value,key=value", lists as 1/2/3, and custom:FILE, or custom:"FILE" for a
/// name with commas. Does not open the file: the caller sets `lists`. Throws InputError.
ScheduleSpec parse_schedule(std::string_view text);

/// Sets a parameter, warmup or final; a list gets this value as its only entry. Throws InputError for an
/// unknown parameter and for a value that it may not have.
void set_parameter(ScheduleSpec& schedule, std::string_view parameter, double value);

/// Throws InputError unless the schedule exists, its values are allowed and its warmup and its lists
/// fit T = steps, and for a file whose values are not set.
void check_schedule(const ScheduleSpec& schedule, std::int64_t steps);

/// eta_1 .. eta_T, entry t - 1 for step t. Throws as check_schedule does.
std::vector<double> evaluate(const ScheduleSpec& schedule, std::int64_t steps,
                             std::int64_t steps_per_epoch);

/// Steps `first` to `last` of a schedule that has been checked, to every `stride`-th element of `eta`.
void evaluate(const ScheduleSpec& schedule, std::int64_t steps, std::int64_t steps_per_epoch,
              std::int64_t first, std::int64_t last, double* eta, std::size_t stride);

}  // namespace lrscape
