#pragma once

#include <cstdint>

#include "lrscape/bound/optimum.hpp"

/// Published bounds for eta_t = 1/sqrt(t) and gradient norms of at most G, for comparison.
namespace lrscape::bound {

/// Orabona, "Last iterate of SGD converges (even in unbounded domains)" (2020):
///
///     Omega(gamma) = (1 / (2 sqrt(T))) [D^2 / gamma + gamma G^2 (1 + ln T)
///                                       + 3 gamma G^2 (1 + ln(T - 1))],
///
/// returned as S and B of bound/optimum.hpp. Requires T >= 2.
inline Sums<double> orabona(std::int64_t steps, double norm) {
  const auto t = static_cast<double>(steps);
  const double root = std::sqrt(t);
  return {root, norm * norm * (1 + std::log(t) + 3 * (1 + std::log(t - 1))) / root};
}

/// Shamir and Zhang, "Stochastic gradient descent for non-smooth optimization" (ICML 2013), Theorem
/// 2: D G (2 + ln T) / sqrt(T), at gamma = D / G.
inline double shamir_zhang(std::int64_t steps, double distance, double norm) {
  const auto t = static_cast<double>(steps);
  const Binary d = binary(distance);
  const Binary g = binary(norm);
  return in_range(d.mantissa * g.mantissa * (2 + std::log(t)) / std::sqrt(t),
                  d.exponent + g.exponent, "the bound");
}

inline double shamir_zhang_gamma(double distance, double norm) {
  const Binary d = binary(distance);
  const Binary g = binary(norm);
  return in_range(d.mantissa / g.mantissa, d.exponent - g.exponent, "the best base learning rate");
}

}  // namespace lrscape::bound
