#pragma once

#include "lrscape/gradient_norms.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape::cli {

/// Returns the schedule or the norms with the values read from their file, or unchanged if they
/// name no file. Throws InputError if the file cannot be read or has a value below 0.
ScheduleSpec with_values(ScheduleSpec schedule);
GradientNorms with_values(GradientNorms norms);

}  // namespace lrscape::cli
