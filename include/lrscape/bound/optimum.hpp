#pragma once

#include "lrscape/bound/walk.hpp"

/// Omega(gamma) = D^2 / (2 gamma S) + (gamma / 2) B and its minimum over gamma > 0. Infinite bounds are
/// infinite at every gamma, and their best one is 0.
namespace lrscape::bound {

/// Powers of two that steps and norms are divided by where sums are formed, so that neither squares
/// nor quotients leave the range of a double: eta_t / 2^step, G_t / 2^norm.
struct Scale {
  int step = 0;
  int norm = 0;
};

/// S / 2^step and B / 2^(step + 2 norm).
struct ScaledSums {
  ScaledSums(const Sums<double>& sums, const Scale& its_scale = {})
      : path(sums.path), gradients(sums.gradients), scale(its_scale) {}

  double path;
  double gradients;
  Scale scale;
};

/// mantissa * 2^exponent with a mantissa within [1/2, 1), for products that may leave the range of a
/// double on their way.
struct Binary {
  double mantissa;
  int exponent;
};

inline Binary binary(double value) {
  if (!std::isfinite(value)) return {value, 0};
  Binary parts = {0, 0};
  parts.mantissa = std::frexp(value, &parts.exponent);
  return parts;
}

/// S and B themselves; NaN for one that no double holds.
Sums<double> plain(const ScaledSums& sums);

// What follows throws InputError for a result that is neither 0 nor infinite and that no double holds
// with all its bits.

double omega(const ScaledSums& sums, double distance, double gamma);

/// gamma* = D / sqrt(S B)
double optimal_gamma(const ScaledSums& sums, double distance);

/// Omega* = D sqrt(B / S)
double optimal_omega(const ScaledSums& sums, double distance);

/// The same of value * 2^exponent; `what` names it.
double in_range(double value, int exponent, const char* what);

}  // namespace lrscape::bound
