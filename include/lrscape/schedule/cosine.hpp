#pragma once

#include "lrscape/schedule/schedule.hpp"

namespace lrscape::schedule {

/// Loshchilov & Hutter, "SGDR" (ICLR 2017), equation 5, without restarts.
struct Cosine {
  static constexpr std::string_view name = "cosine";
  static constexpr std::string_view summary = "(1 + cos(pi (t-1)/T)) / 2";
  static constexpr std::array<Parameter, 0> parameters = {};

  /// With x = pi (t - 1) / T, (1 + cos x) / 2 = cos^2(x / 2) = sin^2(pi (T + 1 - t) / 2T). The last
  /// form keeps all digits near the end, where the first form cancels.
  LRSCAPE_HOST_DEVICE static double eta(Given /*given*/, Clock clock) {
    const double root = std::sin(pi / 2 * clock.remainder());
    return root * root;
  }
};

}  // namespace lrscape::schedule
