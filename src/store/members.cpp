#include "store/members.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "store/configuration.hpp"
#include "store/result_arrays.hpp"
#include "store/scalar_coordinates.hpp"

namespace lrscape {

std::vector<zarr::Member> members_of(const Sweep& sweep, const Cut& cut,
                                     const std::vector<std::string>& feature_names) {
  std::vector<zarr::Member> members = coordinates(sweep, feature_names);
  if (auto split = split_of_rows(sweep.problem)) members.push_back(std::move(*split));
  std::string scalars;
  for (zarr::Member& scalar : scalar_coordinates(sweep)) {
    scalars += (scalars.empty() ? "" : " ") + scalar.array.name;
    members.push_back(std::move(scalar));
  }
  for (zarr::Member& array : result_arrays(sweep, cut)) {
    auto& names = array.attributes["coordinates"];  // xarray's list of auxiliary coordinates.
    names = names.is_string() ? names.get<std::string>() + " " + scalars : scalars;
    members.push_back(std::move(array));
  }
  return members;
}

nlohmann::ordered_json attributes_of(const PreparedSweep& prepared, const Provenance& provenance) {
  auto attributes = group_attributes("lrscape sweep", configuration(prepared), provenance);
  attributes["problem"] = prepared.sweep().problem_source;
  return attributes;
}

}  // namespace lrscape
