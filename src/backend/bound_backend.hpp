#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "lrscape/bound/curve.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape {

/// Schedules of the same length whose bounds are evaluated at the same horizons.
struct ScheduleBatch {
  std::span<const ScheduleSpec> schedules;
  std::int64_t steps;
  std::int64_t steps_per_epoch;
  std::span<const double> norms;  ///< G_t at index t - 1, for all steps
  std::span<const std::int64_t> horizons;
};

/// Callbacks that report the progress of walk() and can stop it.
struct WalkWatch {
  std::function<void()> begin;  ///< Called before each piece of work. Throws to end the call.
  /// Called after each piece with its number of schedules.
  std::function<void(std::size_t schedules)> done;
};

/// Evaluates the sums of bounds on one device. All backends give the same bits. Throws DeviceError
/// if the device fails or has too little memory.
class BoundBackend {
 public:
  virtual ~BoundBackend() = default;

  /// For display: the device and how the backend uses it.
  virtual std::string description() const = 0;

  /// S_t and B_t by bound::walk, in row-major order of (schedule, horizon). Several threads may
  /// call the functions of `walk_watch` at the same time.
  virtual std::vector<bound::Sums<double>> walk(const ScheduleBatch& batch,
                                                const WalkWatch& walk_watch) const = 0;

  /// See bound::raw_curve. `threads` is the number of host threads.
  virtual bound::Curve curve(std::span<const double> eta, std::span<const double> norms,
                             bound::Method method, int threads) const = 0;

  /// Whether even a short curve occupies the whole device, so that curves run one after another.
  virtual bool one_curve_at_once() const = 0;
};

}  // namespace lrscape
