#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "lrscape/bound/bound_sweep.hpp"
#include "lrscape/store.hpp"

namespace lrscape {

/// Raised whenever the same configuration gives other bits than before.
inline constexpr int numerics_version = 2;

/// Everything that decides the numbers of a sweep; data by their checksums. Two sweeps of equal
/// configurations have equal results.
nlohmann::ordered_json configuration(const PreparedSweep& prepared);

/// The same for a sweep of bounds; the gammas decide nothing but which numbers are written.
nlohmann::ordered_json configuration(const BoundSweep& sweep, const std::vector<double>& gammas);

/// "epochs is 50 there, but 60 here": the first thing in which two configurations differ, or
/// nothing.
std::string first_difference(const nlohmann::ordered_json& there,
                             const nlohmann::ordered_json& here);

/// The attributes of a result's group: what it is, what decided it, and how it came about.
nlohmann::ordered_json group_attributes(const std::string& title,
                                        const nlohmann::ordered_json& configuration,
                                        const Provenance& provenance);

}  // namespace lrscape
