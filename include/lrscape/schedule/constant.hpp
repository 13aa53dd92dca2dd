#pragma once

#include "lrscape/schedule/schedule.hpp"

namespace lrscape::schedule {

struct Constant {
  static constexpr std::string_view name = "constant";
  static constexpr std::string_view summary = "1";
  static constexpr bool portable = true;
  static constexpr std::array<Parameter, 0> parameters = {};

  LRSCAPE_HOST_DEVICE static double eta(Given /*given*/, Clock /*clock*/) { return 1; }
};

}  // namespace lrscape::schedule
