#pragma once

#include <string_view>
#include <vector>

#include "lrscape/schedule_spec.hpp"

namespace lrscape::cli {

/// Reads schedules joined by commas, whose parameters may be values and ranges joined by commas:
/// "wsd:cooldown=0.05:0.95:19,shape=linear,sqrt" is 19 x 2 schedules. What is no value of the
/// parameter before begins a schedule of its own. The last parameter varies fastest. Ranges are linear unless log: stands in
/// front. Throws InputError.
std::vector<ScheduleSpec> parse_schedules(std::string_view text);

}  // namespace lrscape::cli
