#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lrscape/dataset.hpp"
#include "store/group.hpp"

namespace lrscape {

/// The dataset of arrays that are known as a whole.
Dataset dataset_of(std::vector<zarr::Member> members, const nlohmann::ordered_json& attributes);

/// All arrays of a sweep's result, with the cut as chunk shape of those that units fill.
std::vector<zarr::Member> members_of(const Sweep& sweep, const Cut& cut,
                                     const std::vector<std::string>& feature_names);

/// The attributes of a sweep's result.
nlohmann::ordered_json attributes_of(const PreparedSweep& prepared, const Provenance& provenance);

}  // namespace lrscape
