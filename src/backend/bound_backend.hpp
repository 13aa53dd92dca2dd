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
  std::span<const double> norms;  ///< G_t at t - 1, of all steps
  std::span<const std::int64_t> horizons;
};

/// How a walk over many schedules reports and is ended.
struct WalkWatch {
  std::function<void()> begin;  ///< Before each piece of work. Throws to end the call.
  /// After each piece: how many schedules it had.
  std::function<void(std::size_t schedules)> done;
};

/// Evaluates the sums of bounds on one device. All give the same bits. Throws DeviceError if the device fails or its
/// memory is too small.
class BoundBackend {
 public:
  virtual ~BoundBackend() = default;

  /// The device and how it is used, for people.
  virtual std::string description() const = 0;

  /// S_t and B_t of every schedule at every horizon, row-major, by walks. Several threads may call the functions of
  /// `walk_watch` at once.
  virtual std::vector<bound::Sums<double>> walk(const ScheduleBatch& batch,
                                                const WalkWatch& walk_watch) const = 0;

  /// See bound::raw_curve; `threads` are the host's.
  virtual bound::Curve curve(std::span<const double> eta, std::span<const double> norms,
                             bound::Method method, int threads) const = 0;

  /// Whether even a short curve takes the whole device, so that curves follow one another.
  virtual bool one_curve_at_once() const = 0;
};

}  // namespace lrscape
