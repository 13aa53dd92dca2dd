#pragma once

#include "lrscape/schedule/schedule.hpp"

namespace lrscape::schedule {

struct Linear {
  static constexpr std::string_view name = "linear";
  static constexpr std::string_view summary = "1 - (t-1)/T";
  static constexpr bool portable = true;
  static constexpr std::array<Parameter, 0> parameters = {};

  LRSCAPE_HOST_DEVICE static double eta(Given /*given*/, Clock clock) { return clock.remainder(); }
};

}  // namespace lrscape::schedule
