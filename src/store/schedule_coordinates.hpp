#pragma once

#include <span>
#include <string>
#include <vector>

#include "lrscape/schedule_spec.hpp"
#include "store/group.hpp"

namespace lrscape {

/// The coordinates along a dimension "schedule": the schedules as text, and an auxiliary coordinate
/// for the name and for each parameter of any schedule.
struct ScheduleCoordinates {
  std::vector<zarr::Member> members;
  /// The names of the auxiliary coordinates, separated by blanks. xarray reads them from the
  /// attribute "coordinates" of the data.
  std::string auxiliary;
};

ScheduleCoordinates schedule_coordinates(std::span<const ScheduleSpec> schedules);

}  // namespace lrscape
