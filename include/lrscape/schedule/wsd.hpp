#pragma once

#include "lrscape/schedule/cosine.hpp"

namespace lrscape::schedule {

/// Warmup-stable-decay: 1 up to step T_0 = T + 1 - N, then a cooldown that reaches 0 at step T + 1,
/// with N = floor(cooldown (T + 1)) (Haegele et al., "Scaling laws and compute-optimal training
/// beyond fixed training durations", NeurIPS 2024). The warmup is the one that all schedules share.
struct Wsd {
  static constexpr std::string_view name = "wsd";
  static constexpr std::string_view summary = "warmup-stable-decay: 1, then a cooldown to 0";
  static constexpr bool own_clock = true;
  static constexpr std::array parameters = {
      Parameter{"cooldown", "fraction of the steps in the cooldown", 0.2, 0, 1},
      Parameter{"shape", "shape of the cooldown", 0, 0, 2, true, Parameter::Kind::choice,
                "linear|sqrt|cosine"},
  };

  /// T_0, the last step before the cooldown; T + 1 without a cooldown. `cooldown` stands for the
  /// decimal that was typed: 0.29 of 100 is 29, although the double 0.29 is below 0.29. The two
  /// roundings, of the decimal and of the product, change the product by less than 2^-52 of it.
  LRSCAPE_HOST_DEVICE static std::int64_t stable_steps(double cooldown, std::int64_t steps) {
    constexpr double above_rounding = 1 + 0x1p-51;
    const double product = cooldown * static_cast<double>(steps + 1);
    const auto length = static_cast<std::int64_t>(std::floor(product * above_rounding));
    return length > steps ? 0 : steps + 1 - length;
  }

  /// The shortest decimal whose cooldown has `length` of the steps 1 .. T + 1.
  static double cooldown_of(std::int64_t length, std::int64_t steps) {
    const double exact = static_cast<double>(length) / static_cast<double>(steps + 1);
    double power = 1;
    for (int digits = 0; digits <= 15; ++digits, power *= 10) {
      const double decimal = std::ceil(exact * power) / power;
      if (decimal <= 1 && steps + 1 - stable_steps(decimal, steps) == length) return decimal;
    }
    return exact;
  }

  static bool portable(Given given) { return given.parameter[1] != 2; }
  LRSCAPE_HOST_DEVICE static double eta(Given given, Clock clock) {
    const std::int64_t stable = stable_steps(given.parameter[0], clock.steps);
    if (clock.step <= stable) return 1;
    const std::int64_t length = clock.steps + 1 - stable;
    const Clock cooldown{clock.step - stable + 1, length, clock.steps_per_epoch};
    if (given.parameter[1] == 2) return Cosine::eta({}, cooldown);
    const double linear = cooldown.remainder();
    if (given.parameter[1] == 0) return linear;
    // 1 - sqrt(progress), without its cancellation at the end.
    return linear / (1 + std::sqrt(cooldown.progress()));
  }
};

}  // namespace lrscape::schedule
