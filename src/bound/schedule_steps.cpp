#include "bound/schedule_steps.hpp"

#include <fmt/format.h>

#include "lrscape/bound/curve.hpp"
#include "lrscape/error.hpp"

namespace lrscape::bound {

void evaluate_steps(const ScheduleChoice& schedule, std::int64_t steps,
                    std::int64_t steps_per_epoch, double* eta, std::size_t stride) {
  evaluate(schedule, steps, steps_per_epoch, eta, stride);
  const bool may_be_zero = !schedule.lists.empty();
  for (std::int64_t t = 1; t <= steps; ++t, eta += stride) {
    if (allowed_step(*eta) && (*eta > 0 || may_be_zero)) continue;
    throw InputError(fmt::format(
        "the schedule {} is {} at step {}; allowed are {}numbers from {:.3g} to {:.3g}",
        schedule.to_string(), *eta, t, may_be_zero ? "0 and " : "", least_step, most_step));
  }
}

}  // namespace lrscape::bound
