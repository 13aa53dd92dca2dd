#pragma once

#include <string>
#include <vector>

#include "lrscape/sweep.hpp"
#include "store/group.hpp"

namespace lrscape {

/// The settings that all configurations of a sweep share: the schedule, the batch size, the epochs
/// and the hyper-parameters that every optimizer has, each as an array without dimensions. Their
/// values are the fill values of the arrays, so that no chunk is needed. xarray reads them as
/// scalar coordinates, by which results can be joined.
std::vector<zarr::Member> scalar_coordinates(const Sweep& sweep);

}  // namespace lrscape
