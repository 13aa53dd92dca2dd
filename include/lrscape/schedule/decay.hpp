#pragma once

#include "lrscape/schedule/schedule.hpp"

namespace lrscape::schedule {

struct PolyDecay {
  static constexpr std::string_view name = "poly-decay";
  static constexpr std::string_view summary = "(1 - (t-1)/T)^p";
  static constexpr std::array parameters = {Parameter{"p", "exponent", 1, 0, Parameter::unbounded}};

  static double eta(Given given, Clock clock) {
    const double left = clock.remainder();
    // pow() multiplies the relative rounding error of `left` by p. The last factor below corrects
    // the error to first order.
    const double lost = std::fma(-left, static_cast<double>(clock.steps),
                                 static_cast<double>(clock.steps - clock.step + 1)) /
                        static_cast<double>(clock.steps);
    const double p = given.parameter[0];
    return std::pow(left, p) * (1 + p * (lost / left));
  }
};

struct Exponential {
  static constexpr std::string_view name = "exponential";
  static constexpr std::string_view summary = "r^((t-1)/T)";
  static constexpr std::array parameters = {
      Parameter{"r", "value at step T + 1", 0.01, 0x1p-1022, Parameter::unbounded}};

  static double eta(Given given, Clock clock) {
    const double done = clock.progress();
    // pow() multiplies the rounding error of `done` by log r. The last factor below corrects the
    // error to first order.
    const double lost =
        std::fma(-done, static_cast<double>(clock.steps), static_cast<double>(clock.step - 1)) /
        static_cast<double>(clock.steps);
    const double r = given.parameter[0];
    return std::pow(r, done) * (1 + lost * std::log(r));
  }
};

}  // namespace lrscape::schedule
