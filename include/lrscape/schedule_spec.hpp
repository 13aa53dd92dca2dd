#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/parameter.hpp"
#include "lrscape/schedule/envelope.hpp"

namespace lrscape {

/// A schedule with its parameters, and the warmup, cooldown and final value around it.
struct ScheduleSpec {
  std::string name;
  std::vector<double> values;  ///< one for each of schedule_parameters(name)
  Envelope envelope = {};
  std::vector<std::vector<double>> lists = {};  ///< one for each of the schedule's lists
  std::string file = {};                        ///< file with the list of a custom schedule

  /// A parameter and its value.
  struct Named {
    std::string name;
    std::string text;  ///< As in to_string(), but without quotes around a file name.
    double value;      ///< NaN for a choice, a list or a file.
  };
  /// All parameters, the lists or the file, a cooldown with its shape if there is one or if the
  /// schedule has one by default, and warmup and final if they are not 0.
  std::vector<Named> named_values() const;

  /// Text that parse_schedule() reads back, with every parameter spelled out.
  std::string to_string() const;
};

/// The parameters of a schedule that are single numbers. Throws InputError for an unknown schedule.
std::span<const Parameter> schedule_parameters(std::string_view schedule);

/// The parameters that all schedules share: warmup, cooldown, cooldown-steps, shape and final.
std::span<const Parameter> common_schedule_parameters();

/// The parameters that the text of a schedule can set by name: its own, its lists unless they come
/// from a file, and the common ones with the schedule's own defaults. Throws InputError for an
/// unknown schedule.
std::vector<Parameter> named_schedule_parameters(std::string_view schedule);

/// Parses "name" or "name:key=value,key=value". Lists are written 1/2/3. A custom schedule is
/// custom:FILE or custom:path=FILE, with FILE in quotes if its name has commas; the file is not
/// opened, so the caller sets `lists`. Throws InputError.
ScheduleSpec parse_schedule(std::string_view text);

/// Parses schedules separated by commas. A parameter may have several values and ranges, also
/// separated by commas: "wsd:cooldown=0.05:0.95:19,shape=linear,sqrt" is 19 x 2 schedules. A part
/// that is neither a value of the preceding parameter nor a new parameter begins a new schedule.
/// The last parameter varies fastest. Ranges are linear unless they begin with log:. Throws
/// InputError.
std::vector<ScheduleSpec> parse_schedules(std::string_view text);

/// Sets a parameter of the schedule or of its envelope. A choice is given by its number. A list
/// gets `value` as its only entry. Throws InputError for an unknown parameter and for a value out
/// of range.
void set_parameter(ScheduleSpec& schedule, std::string_view parameter, double value);

/// Throws InputError for an unknown schedule, values out of range, a warmup, cooldown or lists that
/// do not fit T = steps, and a file whose values are not set.
void check_schedule(const ScheduleSpec& schedule, std::int64_t steps);

/// Throws InputError for a schedule by epoch if the number of steps in an epoch is not at least 1.
void check_steps_per_epoch(const ScheduleSpec& schedule, std::int64_t steps_per_epoch);

/// eta_1 .. eta_T with T = steps: entry t - 1 for step t. Throws as check_schedule() and
/// check_steps_per_epoch() do.
std::vector<double> evaluate(const ScheduleSpec& schedule, std::int64_t steps,
                             std::int64_t steps_per_epoch);

/// Writes the multipliers of steps `first` to `last`, inclusive, to every `stride`-th element of
/// `eta`. The schedule must have passed both checks.
void evaluate(const ScheduleSpec& schedule, std::int64_t steps, std::int64_t steps_per_epoch,
              std::int64_t first, std::int64_t last, double* eta, std::size_t stride);

}  // namespace lrscape
