#pragma once

#include <filesystem>
#include <vector>

#include "lrscape/bound/bound_sweep.hpp"
#include "lrscape/store.hpp"

namespace lrscape {

/// Writes bounds as a Zarr v3 group, all of it or nothing. Dimensions, with coordinates of their
/// names: schedule, steps, t if horizons were asked for, gamma if there are any. Arrays: omega over all
/// of them, if there is a gamma; gamma_opt, omega_opt, step_sum (S_t) and gradient_sum (B_t, see
/// bound/walk.hpp) over the first ones; NaN beyond a schedule's end, and for sums that no double holds. Each parameter of a schedule is a
/// further coordinate along `schedule`. Does nothing if the very same result is there. Throws
/// InputError if the path cannot be written or holds anything else, WriteError if the disk is full, and
/// InterruptedError if the watch asks for a stop.
void write_bounds(const std::filesystem::path& path, const BoundSweep& sweep,
                  const BoundTable& table, const std::vector<double>& gammas,
                  const Provenance& provenance, const Watch& watch = {});

}  // namespace lrscape
