#pragma once

#include "lrscape/schedule/schedule.hpp"

namespace lrscape::schedule {

struct Sqrt {
  static constexpr std::string_view name = "sqrt";
  static constexpr std::string_view summary = "1/sqrt(t)";
  static constexpr bool own_clock = false;
  static constexpr std::array<Parameter, 0> parameters = {};

  static double eta(const double* /*parameter*/, Clock clock) {
    return 1 / std::sqrt(static_cast<double>(clock.step));
  }
};

/// The same by epoch: constant within one, 1/sqrt(epoch) from epoch to epoch.
struct SqrtEpoch {
  static constexpr std::string_view name = "sqrt-epoch";
  static constexpr std::string_view summary = "1/sqrt(epoch of t)";
  static constexpr bool own_clock = false;
  static constexpr std::array<Parameter, 0> parameters = {};

  static double eta(const double* /*parameter*/, Clock clock) {
    const std::int64_t epoch = (clock.step - 1) / clock.steps_per_epoch + 1;
    return 1 / std::sqrt(static_cast<double>(epoch));
  }
};

}  // namespace lrscape::schedule
