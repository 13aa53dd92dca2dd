#pragma once

#include <cmath>
#include <cstdint>

#include "lrscape/schedule/cosine.hpp"
#include "lrscape/schedule/schedule.hpp"

namespace lrscape {

/// A warmup, a cooldown and a final value, which every schedule may have.
struct Envelope {
  enum class Shape { linear, sqrt, cosine };
  static constexpr std::int64_t by_fraction = -1;

  /// eta_t = t / (warmup + 1) for t <= warmup. After the warmup, the schedule's own step count
  /// starts at 1.
  std::int64_t warmup = 0;
  /// The cooldown as a fraction of T + 1 steps; ignored if cooldown_steps is given.
  double cooldown = 0;
  /// N, the steps from the full value to the value at T + 1, or by_fraction: N = floor(cooldown
  /// (T + 1)). N - 1 of the T steps have less than the full value.
  std::int64_t cooldown_steps = by_fraction;
  Shape shape = Shape::linear;
  /// f: eta becomes f + (1 - f) eta after the warmup.
  double final_value = 0;

  /// N of T = steps. `cooldown` stands for the decimal that was typed: 0.29 of T + 1 = 100 gives
  /// N = 29, although the double 0.29 is below 0.29. The two roundings, of the decimal and of the
  /// product, change the product by less than 2^-52 of it.
  LRSCAPE_HOST_DEVICE std::int64_t cooldown_length(std::int64_t steps) const {
    if (cooldown_steps != by_fraction) return cooldown_steps;
    constexpr double above_rounding = 1 + 0x1p-51;
    const double product = cooldown * static_cast<double>(steps + 1);
    return static_cast<std::int64_t>(std::floor(product * above_rounding));
  }

  /// T + 1 - N, the last step with the full value; T + 1 without a cooldown.
  LRSCAPE_HOST_DEVICE std::int64_t last_before_cooldown(std::int64_t steps) const {
    return steps + 1 - cooldown_length(steps);
  }

  /// N as a fraction of T + 1, even if it was given in steps.
  double cooldown_fraction(std::int64_t steps) const {
    return cooldown_steps == by_fraction ? cooldown : cooldown_of(cooldown_steps, steps);
  }

  /// The shortest decimal `cooldown` that gives N = `length` for T = `steps`.
  static double cooldown_of(std::int64_t length, std::int64_t steps) {
    const double exact = static_cast<double>(length) / static_cast<double>(steps + 1);
    double power = 1;
    for (int digits = 0; digits <= 15; ++digits, power *= 10) {
      Envelope envelope;
      envelope.cooldown = std::ceil(exact * power) / power;
      if (envelope.cooldown <= 1 && envelope.cooldown_length(steps) == length)
        return envelope.cooldown;
    }
    return exact;
  }

  /// Whether the cooldown has the same bits on any device: a cosine does not.
  bool is_portable() const { return shape != Shape::cosine; }

  /// From 1 at progress 0 to 0 at progress 1, which is step T + 1. A device needs no code for
  /// shapes that are not portable.
  template <bool IsPortable>
  LRSCAPE_HOST_DEVICE double cooldown_factor(Clock clock) const {
    if constexpr (!IsPortable)
      if (shape == Shape::cosine) return schedule::Cosine::eta({}, clock);
    const double linear = clock.remainder();
    if (shape == Shape::linear) return linear;
    // 1 - sqrt(progress), without its cancellation at the end.
    return linear / (1 + std::sqrt(clock.progress()));
  }
};

/// eta_t of a schedule inside its envelope. The cooldown starts from the value that the schedule
/// has at the last step before it, or at its first step if the cooldown takes all of them. With
/// `IsPortable`, the envelope must be portable.
template <class Schedule, bool IsPortable = false>
LRSCAPE_HOST_DEVICE inline double multiplier(Given given, const Envelope& envelope, Clock clock) {
  const std::int64_t warmup = envelope.warmup;
  if (clock.step <= warmup)
    return static_cast<double>(clock.step) / static_cast<double>(warmup + 1);
  const auto plain = [&](std::int64_t step) {
    return Schedule::eta(given, {step - warmup, clock.steps - warmup, clock.steps_per_epoch});
  };
  const std::int64_t last = envelope.last_before_cooldown(clock.steps);
  double value = 0;
  if (clock.step <= last) {
    value = plain(clock.step);
  } else {
    const std::int64_t start = last > warmup ? last : warmup + 1;
    const std::int64_t length = clock.steps + 1 - last;
    value = plain(start) * envelope.cooldown_factor<IsPortable>(
                               {clock.step - last + 1, length, clock.steps_per_epoch});
  }
  const double f = envelope.final_value;
  return f > 0 ? f + (1 - f) * value : value;
}

}  // namespace lrscape
