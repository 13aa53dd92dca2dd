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
///     static constexpr bool own_clock;      // after a warmup, whether its clock starts again at 1
///     static constexpr auto parameters;     // std::array<Parameter, N>, numbers
///     static double eta(Given given, Clock clock);
///
/// and may have
///
///     static constexpr bool by_epoch;       // whether eta needs to know the steps of an epoch
///     static constexpr auto lists;          // std::array<Parameter, N>, each a list of numbers
///     static std::string conflict(Given given, std::int64_t steps);  // what is wrong, or nothing
///     static bool portable(Given given);    // whether eta is of + - * / and roots alone, so that
///                                           // a GPU computes the same bits; then eta is marked
///                                           // LRSCAPE_HOST_DEVICE
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
  LRSCAPE_HOST_DEVICE double progress() const {
    return static_cast<double>(step - 1) / static_cast<double>(steps);
  }
  /// The part that is left: 1 at step 1, 1/T at step T, each rounded once.
  LRSCAPE_HOST_DEVICE double remainder() const {
    return static_cast<double>(steps - step + 1) / static_cast<double>(steps);
  }
};

/// A list of numbers that a schedule was given.
struct Numbers {
  const double* values;
  std::int64_t count;
};

/// What a schedule was given: parameter[k] belongs to parameters[k], list[k] to lists[k].
struct Given {
  const double* parameter = nullptr;
  const Numbers* list = nullptr;
};

template <class Schedule>
concept ByEpoch = requires {
  requires Schedule::by_epoch;
};

inline constexpr double pi = 3.14159265358979323846;

/// eta_t of a schedule with what may stand in front of it and behind it: t / (warmup + 1) for t <=
/// warmup; then the schedule, with the clock starting again at 1 or not; `final_value` in place of 0.
template <class Schedule>
LRSCAPE_HOST_DEVICE inline double multiplier(Given given, std::int64_t warmup, double final_value,
                                             Clock clock) {
  if (clock.step <= warmup)
    return static_cast<double>(clock.step) / static_cast<double>(warmup + 1);
  const std::int64_t offset = Schedule::own_clock ? warmup : 0;
  const double value =
      Schedule::eta(given, {clock.step - offset, clock.steps - offset, clock.steps_per_epoch});
  return final_value > 0 ? final_value + (1 - final_value) * value : value;
}

}  // namespace lrscape
