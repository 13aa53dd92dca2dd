#pragma once

#include "lrscape/gradient_norms.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape::cli {

/// The same schedule or norms with the values of the file that they name; unchanged if they name none.
/// Throws InputError for a file that cannot be read and for a value below 0.
ScheduleSpec with_values(ScheduleSpec schedule);
GradientNorms with_values(GradientNorms norms);

}  // namespace lrscape::cli
