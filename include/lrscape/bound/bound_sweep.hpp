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

/// The bounds to evaluate: many schedules at many horizons.
struct BoundSweep {
  /// last_iterate: the bound of bound/walk.hpp. average_iterate: the standard bound of the average
  /// iterate weighted by eta_t, (1 / (2 gamma S_T)) [D^2 + gamma^2 sum eta_t^2 G_t^2]. orabona: the
  /// bound of bound/closed_forms.hpp for eta_t = 1/sqrt(t).
  enum class Formula { last_iterate, average_iterate, orabona };

  std::vector<ScheduleSpec> schedules;
  std::vector<std::int64_t> steps;          ///< each T for which every schedule is built
  std::vector<std::int64_t> horizons = {};  ///< t: bounds after t steps; empty for t = T
  bool anytime = false;                     ///< all t = 1 .. T; `horizons` must be empty
  std::int64_t steps_per_epoch = 0;         ///< for schedules by epoch only; 0 if unknown
  GradientNorms norms = {};
  double distance = 1;  ///< D
  Formula formula = Formula::last_iterate;
  bound::Method method = bound::Method::automatic;
};

/// The sums of a bound sweep, row-major over (schedule, steps, horizon).
struct BoundTable {
  std::size_t schedules, steps, horizons;
  std::vector<bound::ScaledSums> sums;  ///< NaN at horizons beyond T
  std::string device;                   ///< display name of the device that evaluated the sums

  const bound::ScaledSums& at(std::size_t schedule, std::size_t step, std::size_t horizon) const {
    return sums[(schedule * steps + step) * horizons + horizon];
  }
};

/// The horizon t in `column` of a table for T = steps[step]; 0 if t would exceed T.
std::int64_t horizon_of(const BoundSweep& sweep, std::size_t step, std::size_t column);

/// The number of horizons, and thus columns, of a table.
std::size_t horizon_columns(const BoundSweep& sweep);

/// The schedule and horizon of entry `row` of BoundTable::sums, for messages: "linear at t = 7".
std::string row_name(const BoundSweep& sweep, std::size_t row);

/// Throws InputError for a sweep that is invalid or does not fit into memory.
void check(const BoundSweep& sweep);

/// Evaluates the sums of every schedule, T and horizon. For the last iterate, a horizon takes one
/// walk, O(t). One curve (bound/curve.hpp) replaces the walks of a schedule if `anytime` is set,
/// with Method::multipole, and with Method::automatic if the curve is less work. The table does not
/// depend on the device or the number of threads. Device `auto` uses a GPU only for large amounts
/// of work.
///
/// Throws InputError as check() does, for an unknown device or instruction set, and for bounds that
/// no double holds; DeviceError for a device that does not exist, fails or has too little memory;
/// and InterruptedError, between two schedules, if `watch` requests a stop.
BoundTable evaluate(const BoundSweep& sweep, const DeviceOptions& options = {},
                    const Watch& watch = {});

}  // namespace lrscape
