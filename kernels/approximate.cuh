#pragma once

#include "cuda_language.hpp"
#include "lrscape/numerics/elementary.hpp"

namespace lrscape::LRSCAPE_KERNELS {

/// A float whose quotients and roots are the device's approximations: a few units in the last place
/// off, with subnormal numbers as 0. The rule of an optimizer is the same for this type.
struct Approximate {
  float value;

  Approximate() = default;
  __device__ explicit Approximate(float number) : value(number) {}

  __device__ friend Approximate operator+(Approximate a, Approximate b) {
    return Approximate(a.value + b.value);
  }
  __device__ friend Approximate operator-(Approximate a, Approximate b) {
    return Approximate(a.value - b.value);
  }
  __device__ friend Approximate operator*(Approximate a, Approximate b) {
    return Approximate(a.value * b.value);
  }
  __device__ friend Approximate operator/(Approximate a, Approximate b) {
    return Approximate(a.value * approximate_reciprocal(b.value));
  }
  __device__ friend Approximate fma(Approximate a, Approximate b, Approximate c) {
    return Approximate(lrscape::fma(a.value, b.value, c.value));
  }
  __device__ friend Approximate sqrt(Approximate a) {
    return Approximate(approximate_root(a.value));
  }
  __device__ friend Approximate sign(Approximate a) { return Approximate(lrscape::sign(a.value)); }
};

}  // namespace lrscape::LRSCAPE_KERNELS
