#pragma once

#include <nlohmann/json_fwd.hpp>
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

/// The first difference between two configurations, such as "epochs is 50 there, but 60 here".
/// Empty if there is none.
std::string first_difference(const nlohmann::ordered_json& there,
                             const nlohmann::ordered_json& here);

/// The attributes of a result's group: title, configuration and provenance.
nlohmann::ordered_json group_attributes(const std::string& title,
                                        const nlohmann::ordered_json& configuration,
                                        const Provenance& provenance);

}  // namespace lrscape
