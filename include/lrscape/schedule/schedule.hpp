#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "lrscape/numerics/platform.hpp"
#include "lrscape/parameter.hpp"

/// A learning-rate schedule is one small struct in one header, listed in schedule/list.hpp. It has
///
///     static constexpr std::string_view name, summary;
///     static constexpr auto parameters;     // std::array<Parameter, N>, single numbers
///     static double eta(Given given, Clock clock);
///
/// and may have
///
///     static constexpr bool by_epoch;       // whether eta needs the steps per epoch
///     static constexpr bool portable;       // whether eta uses only + - * / and sqrt, so that a
///                                           // GPU computes the same bits; eta is then marked
///                                           // LRSCAPE_HOST_DEVICE
///     static constexpr double default_cooldown;  // if a cooldown belongs to the schedule
///     static constexpr auto lists;          // std::array<Parameter, N>, each a list of numbers
///     // The error as a predicate of the schedule ("needs ..."), or "". Step `used` is the last
///     one
///     // before a cooldown.
///     static std::string conflict(Given given, std::int64_t steps, std::int64_t used);
///
/// eta is the multiplier of the base learning rate. Schedules given by a formula start at 1. A
/// formula that decays to zero reaches zero at step T + 1, so that the multiplier of the last step
/// is positive. A warmup, a cooldown and a final value go around any schedule: see
/// schedule/envelope.hpp.
namespace lrscape {

/// A position in a schedule. Steps are counted from 1 to T = `steps`, after a warmup.
struct Clock {
  std::int64_t step;
  std::int64_t steps;
  std::int64_t steps_per_epoch;

  /// The fraction of the schedule before this step: 0 at step 1, 1 at step T + 1.
  LRSCAPE_HOST_DEVICE double progress() const {
    return static_cast<double>(step - 1) / static_cast<double>(steps);
  }
  /// The fraction that remains: 1 at step 1, 1/T at step T. Rounded once.
  LRSCAPE_HOST_DEVICE double remainder() const {
    return static_cast<double>(steps - step + 1) / static_cast<double>(steps);
  }
};

/// A list of numbers that parametrizes a schedule.
struct Numbers {
  const double* values;
  std::int64_t count;
};

/// The values of a schedule: parameter[k] belongs to parameters[k], list[k] to lists[k].
struct Given {
  const double* parameter = nullptr;
  const Numbers* list = nullptr;
};

template <class Schedule>
concept ByEpoch = requires {
  requires Schedule::by_epoch;
};

template <class Schedule>
concept Portable = requires {
  requires Schedule::portable;
};

inline constexpr double pi = 3.14159265358979323846;

}  // namespace lrscape
