#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lrscape/bound/bound_sweep.hpp"
#include "lrscape/store.hpp"

namespace lrscape {

/// Writes bounds as a Zarr v3 group, completely or not at all.
///
/// Dimensions, each with a coordinate of the same name: schedule, steps (T), t if the sweep has
/// horizons, and gamma if `gammas` is not empty. Each parameter of a schedule is a further
/// coordinate along `schedule`. The arrays gamma_opt, omega_opt, step_sum (S_t) and gradient_sum
/// (B_t, see bound/walk.hpp) have all dimensions except gamma; omega, which exists only with
/// gammas, has all dimensions. Entries are NaN beyond the end of a schedule; step_sum and
/// gradient_sum are also NaN outside the range of a double.
///
/// If the path already holds the same result, only repairs its missing or damaged files. Throws
/// InputError if the path cannot be written, if it holds anything else, or if a bound is outside
/// the range of a double, WriteError if the disk is full, and InterruptedError if `watch` requests
/// a stop.
void write_bounds(const std::filesystem::path& path, const BoundSweep& sweep,
                  const BoundTable& table, const std::vector<double>& gammas,
                  const Provenance& provenance, const Watch& watch = {});

/// Bounds read from disk.
struct StoredBounds {
  std::vector<std::string> schedules;
  std::vector<std::int64_t> steps;
  std::vector<std::int64_t> horizons;  ///< empty if there is only the last step
  std::vector<double> gammas;          ///< empty if the result has none
  /// In row-major order of (schedule, steps, horizon); NaN beyond the end of a schedule.
  std::vector<double> gamma_opt, omega_opt;
  std::vector<double> omega;  ///< with a further dimension gamma
};

/// Whether the folder holds bounds. False for anything that is not a sound result.
bool is_bound_result(const std::filesystem::path& path);

/// Throws InputError if `path` is not a result of bounds or cannot be read, or if it is damaged.
StoredBounds read_bounds(const std::filesystem::path& path);

}  // namespace lrscape
