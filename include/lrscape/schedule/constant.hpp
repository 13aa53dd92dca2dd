#pragma once

#include "lrscape/schedule/schedule.hpp"

namespace lrscape::schedule {

struct Constant {
  static constexpr std::string_view name = "constant";
  static constexpr std::string_view summary = "1";
  static constexpr bool own_clock = true;
  static constexpr std::array<Parameter, 0> parameters = {};

  static bool portable(Given /*given*/) { return true; }
  LRSCAPE_HOST_DEVICE static double eta(Given /*given*/, Clock /*clock*/) { return 1; }
};

}  // namespace lrscape::schedule
