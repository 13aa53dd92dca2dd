#pragma once

#include "lrscape/schedule/schedule.hpp"

namespace lrscape::schedule {

/// Warmup-stable-decay: a constant, with the warmup and the cooldown that every schedule may have
/// (Haegele et al., "Scaling laws and compute-optimal training beyond fixed training durations",
/// NeurIPS 2024). Only its default differs: cooldown = 0.2.
struct Wsd {
  static constexpr std::string_view name = "wsd";
  static constexpr std::string_view summary =
      "warmup-stable-decay: 1, with cooldown=0.2 by default";
  static constexpr bool portable = true;
  static constexpr double default_cooldown = 0.2;
  static constexpr std::array<Parameter, 0> parameters = {};

  LRSCAPE_HOST_DEVICE static double eta(Given /*given*/, Clock /*clock*/) { return 1; }
};

}  // namespace lrscape::schedule
