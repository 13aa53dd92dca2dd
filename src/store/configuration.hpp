#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>

#include "lrscape/bound/bound_sweep.hpp"
#include "lrscape/store.hpp"

namespace lrscape {

/// Incremented by every change that alters the bits of results for the same configuration.
inline constexpr int numerics_version = 2;

/// Everything that determines the numbers of a sweep, with data represented by checksums. Two
/// sweeps with equal configurations have equal results.
nlohmann::ordered_json configuration(const PreparedSweep& prepared);

/// The same for a bound sweep. The gammas only determine which numbers are written.
nlohmann::ordered_json configuration(const BoundSweep& sweep, const std::vector<double>& gammas);

/// The configuration in the zarr.json of a group: JSON text, or an object in results of earlier
/// versions. Returns nothing if the group is no result of lrscape. Throws InputError if the
/// configuration does not match its hash; results without a hash are from earlier versions.
std::optional<nlohmann::ordered_json> stored_configuration(const std::filesystem::path& group,
                                                           const nlohmann::ordered_json& described);

/// The checksum with which a configuration stands for the values of an axis.
std::string checksum(std::span<const double> values);

/// The attributes of a result's group: title, configuration and provenance. All of them are text,
/// since formats such as netCDF have no nested attributes.
nlohmann::ordered_json group_attributes(const std::string& title,
                                        const nlohmann::ordered_json& configuration,
                                        const Provenance& provenance);

}  // namespace lrscape
