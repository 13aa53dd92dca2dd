#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lrscape/bound/curve.hpp"
#include "lrscape/bound/optimum.hpp"
#include "lrscape/device.hpp"
#include "lrscape/gradient_norms.hpp"
#include "lrscape/schedule_spec.hpp"
#include "lrscape/watch.hpp"

namespace lrscape {

/// Bounds of many schedules at many horizons.
struct BoundSweep {
  /// Which bound: the last iterate's (bound/walk.hpp), that of the average iterate weighted by eta_t
  /// ((1 / (2 gamma S_T)) [D^2 + gamma^2 sum eta_t^2 G_t^2], the standard one), or Orabona's for
  /// eta_t = 1/sqrt(t).
  enum class Formula { last_iterate, average_iterate, orabona };

  std::vector<ScheduleSpec> schedules;
  std::vector<std::int64_t> steps;          ///< T, for which each schedule is built
  std::vector<std::int64_t> horizons = {};  ///< t, of the first t steps; empty for t = T
  bool anytime = false;                     ///< t = 1 .. T instead
  std::int64_t steps_per_epoch = 0;         ///< for schedules by epoch alone; 0 if not known
  GradientNorms norms = {};
  double distance = 1;  ///< D
  Formula formula = Formula::last_iterate;
  bound::Method method = bound::Method::automatic;
};

/// The sums of a bound sweep: row-major over (schedule, steps, horizon).
struct BoundTable {
  std::size_t schedules, steps, horizons;
  std::vector<bound::ScaledSums> sums;  ///< NaN beyond T
  std::string device;                   ///< that evaluated them, for people

  const bound::ScaledSums& at(std::size_t schedule, std::size_t step, std::size_t horizon) const {
    return sums[(schedule * steps + step) * horizons + horizon];
  }
};

/// The horizon in that column of a table for T = steps[step]; 0 if it lies beyond T.
std::int64_t horizon_of(const BoundSweep& sweep, std::size_t step, std::size_t column);

/// The number of columns: of horizons in a table.
std::size_t horizon_columns(const BoundSweep& sweep);

/// What a row of the table is about, for messages: "linear at t = 7".
std::string row_name(const BoundSweep& sweep, std::size_t row);

/// Throws InputError for a sweep that makes no sense or does not fit into memory.
void check(const BoundSweep& sweep);

/// One horizon is a walk, O(t); all of them are a curve (bound/curve.hpp), and so are the given ones
/// if the method is the multipole one, or automatic and the walks more work. The table depends on neither device nor threads: `auto` takes a GPU
/// for much work alone. Throws as
/// check() does, InputError for an unknown device or instruction set and for bounds that no double
/// holds, DeviceError for a device that is not there, and InterruptedError if the watch asks for a
/// stop, between two schedules.
BoundTable evaluate(const BoundSweep& sweep, const DeviceOptions& options = {},
                    const Watch& watch = {});

}  // namespace lrscape
