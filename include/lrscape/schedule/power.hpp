#pragma once

#include "lrscape/schedule/schedule.hpp"

namespace lrscape::schedule {

struct Sqrt {
  static constexpr std::string_view name = "sqrt";
  static constexpr std::string_view summary = "1/sqrt(t)";
  static constexpr bool portable = true;
  static constexpr std::array<Parameter, 0> parameters = {};

  LRSCAPE_HOST_DEVICE static double eta(Given /*given*/, Clock clock) {
    return 1 / std::sqrt(static_cast<double>(clock.step));
  }
};

struct Power {
  static constexpr std::string_view name = "power";
  static constexpr std::string_view summary = "t^-p";
  static constexpr std::array parameters = {
      Parameter{"p", "exponent", 0.5, 0, Parameter::unbounded}};

  static double eta(Given given, Clock clock) {
    return std::pow(static_cast<double>(clock.step), -given.parameter[0]);
  }
};

/// 1/sqrt(epoch), constant within an epoch.
struct SqrtEpoch {
  static constexpr std::string_view name = "sqrt-epoch";
  static constexpr std::string_view summary =
      "1/sqrt(epoch), where epoch is the epoch of step t, from 1";
  static constexpr bool by_epoch = true;
  static constexpr bool portable = true;
  static constexpr std::array<Parameter, 0> parameters = {};

  LRSCAPE_HOST_DEVICE static double eta(Given /*given*/, Clock clock) {
    const std::int64_t epoch = (clock.step - 1) / clock.steps_per_epoch + 1;
    return 1 / std::sqrt(static_cast<double>(epoch));
  }
};

}  // namespace lrscape::schedule
