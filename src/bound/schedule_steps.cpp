#include "bound/schedule_steps.hpp"

#include <fmt/format.h>

#include "base/parallel.hpp"
#include "lrscape/bound/curve.hpp"
#include "lrscape/error.hpp"

namespace lrscape::bound {

void evaluate_steps(const ScheduleSpec& schedule, std::int64_t steps, std::int64_t steps_per_epoch,
                    double* eta, std::size_t stride, int threads) {
  const bool may_be_zero = !schedule.lists.empty();
  in_parts(steps, threads, [&](std::int64_t begin, std::int64_t end) {
    double* step = eta + static_cast<std::size_t>(begin) * stride;
    evaluate(schedule, steps, steps_per_epoch, begin + 1, end, step, stride);
    for (std::int64_t t = begin + 1; t <= end; ++t, step += stride) {
      if (allowed_step(*step) && (*step > 0 || may_be_zero)) continue;
      throw InputError(
          fmt::format("the schedule {} is {} at step {}; it must be {}a finite number >= {:.3g}",
                      schedule.to_string(), *step, t, may_be_zero ? "0 or " : "", least_step));
    }
  });
}

}  // namespace lrscape::bound
