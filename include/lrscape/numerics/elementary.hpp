#pragma once

#include <cmath>

#include "lrscape/numerics/platform.hpp"

/// The operations besides + - * / that IEEE 754 defines to the last bit on every machine. Update
/// rules use only these operations, on a value type that is float, double or a SIMD vector. Every
/// build turns contraction off, so a multiply-add is fused only where the code calls fma().
namespace lrscape {

/// a * b + c, rounded once.
LRSCAPE_HOST_DEVICE inline float fma(float a, float b, float c) { return std::fma(a, b, c); }
LRSCAPE_HOST_DEVICE inline double fma(double a, double b, double c) { return std::fma(a, b, c); }

LRSCAPE_HOST_DEVICE inline float sqrt(float a) { return std::sqrt(a); }
LRSCAPE_HOST_DEVICE inline double sqrt(double a) { return std::sqrt(a); }

/// 1 for a > 0, -1 for a < 0, otherwise `a` itself (a zero or NaN).
LRSCAPE_HOST_DEVICE inline float sign(float a) { return a > 0 ? 1.0F : a < 0 ? -1.0F : a; }
LRSCAPE_HOST_DEVICE inline double sign(double a) { return a > 0 ? 1.0 : a < 0 ? -1.0 : a; }

}  // namespace lrscape
