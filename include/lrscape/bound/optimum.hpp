#pragma once

#include "lrscape/bound/walk.hpp"

/// Omega(gamma) = D^2 / (2 gamma S) + (gamma / 2) B and its minimum over gamma > 0. If B is
/// infinite, the bound is infinite at every gamma and the best gamma is 0.
namespace lrscape::bound {

/// Exponents of the powers of two by which steps and norms are divided before they are summed:
/// eta_t / 2^step and G_t / 2^norm. The scaling keeps squares and quotients within the range of a
/// double.
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

/// mantissa * 2^exponent with a mantissa in [1/2, 1), for products whose intermediate results may
/// overflow or underflow.
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

/// S and B without scale. A sum outside the range of a double becomes NaN.
Sums<double> plain(const ScaledSums& sums);

/// Throws InputError unless the distance D is a finite number > 0.
void check_distance(double distance);
/// Throws InputError unless the base learning rate is a finite number > 0.
void check_gamma(double gamma);

// The functions below throw InputError if a finite nonzero result overflows, or underflows to less
// than full precision.

double omega(const ScaledSums& sums, double distance, double gamma);

/// gamma* = D / sqrt(S B)
double optimal_gamma(const ScaledSums& sums, double distance);

/// Omega* = D sqrt(B / S)
double optimal_omega(const ScaledSums& sums, double distance);

/// value * 2^exponent. `what` names the value in the error message.
double in_range(double value, int exponent, const char* what);

}  // namespace lrscape::bound
