#pragma once

#include <cmath>

#include "lrscape/bound/walk.hpp"

/// Omega(gamma) = D^2 / (2 gamma S) + (gamma / 2) B and its minimum over gamma > 0. Infinite bounds are
/// infinite at every gamma, and their best one is 0.
namespace lrscape::bound {

inline double omega(const Sums<double>& sums, double distance, double gamma) {
  return distance / gamma * (distance / sums.steps) / 2 + gamma * sums.gradients / 2;
}

/// gamma* = D / sqrt(S B)
inline double optimal_gamma(const Sums<double>& sums, double distance) {
  if (std::isinf(sums.gradients)) return 0;
  return distance / (std::sqrt(sums.steps) * std::sqrt(sums.gradients));
}

/// Omega* = D sqrt(B / S)
inline double optimal_omega(const Sums<double>& sums, double distance) {
  if (std::isinf(sums.gradients)) return HUGE_VAL;
  return distance * (std::sqrt(sums.gradients) / std::sqrt(sums.steps));
}

}  // namespace lrscape::bound
