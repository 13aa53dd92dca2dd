#pragma once

#include <cstddef>
#include <cstdint>

#include "lrscape/schedule_spec.hpp"

namespace lrscape::bound {

/// Writes eta_1 .. eta_T of a checked schedule to every `stride`-th element of `eta`. Throws
/// InputError for a step that bound::curve does not allow. Also throws for a step of 0 unless the
/// schedule is a list: the formulas of all other schedules are positive.
void evaluate_steps(const ScheduleSpec& schedule, std::int64_t steps, std::int64_t steps_per_epoch,
                    double* eta, std::size_t stride, int threads = 1);

}  // namespace lrscape::bound
