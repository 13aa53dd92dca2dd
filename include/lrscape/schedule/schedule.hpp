#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "lrscape/parameter.hpp"

/// A learning-rate schedule is one small struct in one header, listed in schedule/list.hpp. It has
///
///     static constexpr std::string_view name, summary;
///     static constexpr bool own_clock;      // after a warmup, whether its clock starts again at 1
///     static constexpr auto parameters;     // std::array<Parameter, N>
///     static double eta(const double* parameter, Clock clock);
///
/// eta is the multiplier of the base learning rate, 1 at the start. A schedule that ends at zero
/// reaches it at step T + 1, so that the last step taken is positive.
namespace lrscape {

/// A moment in a schedule. Steps count from 1 to `steps`.
struct Clock {
  std::int64_t step;
  std::int64_t steps;
  std::int64_t steps_per_epoch;

  /// The part of the schedule that lies behind this step: 0 at step 1, 1 at step T + 1.
  double progress() const { return static_cast<double>(step - 1) / static_cast<double>(steps); }
};

inline constexpr double pi = 3.14159265358979323846;

}  // namespace lrscape
