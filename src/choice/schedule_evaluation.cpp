#include <fmt/format.h>

#include "choice/schedule_rule.hpp"
#include "lrscape/error.hpp"

namespace lrscape {

void check_steps_per_epoch(const ScheduleSpec& spec, std::int64_t steps_per_epoch) {
  bool by_epoch = false;
  with_schedule(spec.name, [&]<class S>() { by_epoch = ByEpoch<S>; });
  if (by_epoch && steps_per_epoch < 1)
    throw InputError(
        fmt::format("the schedule {} needs the number of steps in an epoch, at least 1, not {}",
                    spec.name, steps_per_epoch),
        Remedy::steps_per_epoch);
}

std::vector<double> evaluate(const ScheduleSpec& spec, std::int64_t steps,
                             std::int64_t steps_per_epoch) {
  check_schedule(spec, steps);
  check_steps_per_epoch(spec, steps_per_epoch);
  std::vector<double> eta(static_cast<std::size_t>(steps));
  evaluate(spec, steps, steps_per_epoch, 1, steps, eta.data(), 1);
  return eta;
}

void evaluate(const ScheduleSpec& spec, std::int64_t steps, std::int64_t steps_per_epoch,
              std::int64_t first, std::int64_t last, double* eta, std::size_t stride) {
  const auto lists = numbers(spec);
  const Given given = {spec.values.data(), lists.data()};
  with_schedule(spec.name, [&]<class S>() {
    for (std::int64_t t = first; t <= last; ++t, eta += stride)
      *eta = multiplier<S>(given, spec.envelope, {t, steps, steps_per_epoch});
  });
}

}  // namespace lrscape
