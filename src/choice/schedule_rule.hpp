#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "choice/parameter_check.hpp"
#include "lrscape/schedule/list.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape {

/// Calls `visit.template operator()<Schedule>()` for the schedule with this name. Throws InputError
/// if there is none.
template <class Visitor>
void with_schedule(std::string_view name, Visitor&& visit) {
  if (!Schedules::with_name(name, std::forward<Visitor>(visit)))
    unknown("schedule", name, Schedules::names);
}

/// The lists of a schedule as its rule takes them. They last as long as the schedule.
inline std::vector<Numbers> numbers(const ScheduleSpec& spec) {
  std::vector<Numbers> numbers;
  for (const auto& list : spec.lists)
    numbers.push_back({list.data(), static_cast<std::int64_t>(list.size())});
  return numbers;
}

}  // namespace lrscape
