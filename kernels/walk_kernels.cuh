#pragma once

#include <cstdint>

#include "cuda_language.hpp"
#include "lrscape/bound/walk.hpp"
#include "lrscape/schedule/envelope.hpp"

// Bounds by bound::walk, one thread per walk.
namespace lrscape::LRSCAPE_KERNELS {

/// Schedules whose values are in memory, steps x schedules.
struct StoredSchedules {
  const double* eta;
  std::int64_t schedules;

  /// eta_t of schedule k, as a function of t.
  __device__ auto steps_of(std::int64_t k) const {
    return [*this, k](std::int64_t t) { return eta[(t - 1) * schedules + k]; };
  }
};

/// Schedules of one type, evaluated during the walk: values[k * parameters + i] is parameter i of
/// schedule k. The type and the shapes of the cooldowns are portable: they give the same bits on
/// any device.
template <class Schedule>
struct MadeSchedules {
  static constexpr std::int64_t parameters = Schedule::parameters.size();

  const double* values;
  const Envelope* envelopes;
  std::int64_t steps;
  std::int64_t steps_per_epoch;

  __device__ auto steps_of(std::int64_t k) const {
    return [*this, k](std::int64_t t) {
      return multiplier<Schedule, true>({values + k * parameters}, envelopes[k],
                                        {t, steps, steps_per_epoch});
    };
  }
};

template <class AllSchedules>
struct WalkArguments {
  AllSchedules all;
  const double* norms;
  std::int64_t schedules;
  const std::int64_t* horizons;
  std::int64_t horizon_count;
  bound::Sums<double>* sums;  ///< schedules x horizons
};

/// One thread per schedule and horizon. The last horizons, the longest of a curve, start first.
template <class AllSchedules>
__global__ void walk_schedules(WalkArguments<AllSchedules> a) {
  const std::int64_t thread = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (thread >= a.schedules * a.horizon_count) return;
  const std::int64_t k = thread % a.schedules;
  const std::int64_t h = a.horizon_count - 1 - thread / a.schedules;
  const std::int64_t t = a.horizons[h];
  const auto step = a.all.steps_of(k);
  const auto norm = [&](std::int64_t i) { return a.norms[i - 1]; };
  a.sums[k * a.horizon_count + h] = bound::settle(bound::walk<double>(t, step, norm), step(t));
}

}  // namespace lrscape::LRSCAPE_KERNELS
