#pragma once

#include <cstddef>
#include <cstdint>

#include "lrscape/schedule_spec.hpp"

namespace lrscape::bound {

/// eta_1 .. eta_T of a schedule that has been checked, every `stride`-th element of `eta`. Throws
/// InputError for a step that bound::curve does not allow, and for a step of 0 unless the schedule is
/// a list, which may have them: the others are positive by their formulas.
void evaluate_steps(const ScheduleSpec& schedule, std::int64_t steps, std::int64_t steps_per_epoch,
                    double* eta, std::size_t stride, int threads = 1);

}  // namespace lrscape::bound
