#pragma once

#include <string_view>
#include <vector>

#include "lrscape/schedule_spec.hpp"

namespace lrscape::cli {

/// Parses schedules separated by commas. A parameter may have several values and ranges, also
/// separated by commas: "wsd:cooldown=0.05:0.95:19,shape=linear,sqrt" is 19 x 2 schedules. A part
/// that is neither a value of the preceding parameter nor a new parameter begins a new schedule.
/// The last parameter varies fastest. Ranges are linear unless they begin with log:. Throws
/// InputError.
std::vector<ScheduleSpec> parse_schedules(std::string_view text);

}  // namespace lrscape::cli
