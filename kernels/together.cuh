#pragma once

#include <cmath>

#include "cuda_language.hpp"
#include "lrscape/numerics/elementary.hpp"

namespace lrscape::LRSCAPE_KERNELS {

/// The square root of `a` from an approximation of 1 / sqrt(a), by one step of Newton's method. It
/// is correctly rounded for finite a >= 2^-101; below that the residual loses bits. Zero, infinity
/// and NaN give NaN. The compiler's own root consists of the same operations with branches around
/// them. Both need an approximation within 2^-23.3, better than the documented 2^-22.9.
__device__ inline float straight_root(float a, float inverse) {
  const float root = a * inverse;
  return fma(fma(-root, root, a), 0.5F * inverse, root);
}

/// n / d from an approximation of 1 / d. One step of Newton's method makes the reciprocal the
/// nearest float; another corrects the quotient by its remainder (Markstein, "Computation of
/// elementary functions on the IBM RISC System/6000 processor", IBM J. Res. Dev. 34, 1990). The
/// result is correctly rounded for |n| >= 2^-101 and a quotient of at least 2^-125. A quotient or
/// reciprocal outside the range of float gives NaN or 0.
__device__ inline float straight_quotient(float n, float d, float approximate) {
  const float inverse = fma(fma(-d, approximate, 1.0F), approximate, approximate);
  const float quotient = n * inverse;
  return fma(fma(-d, quotient, n), inverse, quotient);
}

/// A few values that pass through an optimizer's rule side by side. Straight code computes their
/// roots and quotients. One test for all of them then decides whether the compiler's slower code
/// has to repeat it.
template <class Real, int Count>
struct Together {
  Real value[Count];

  /// A square root whose range check is deferred: a quotient by it checks root and quotient
  /// together.
  struct Root {
    Together argument;

    __device__ operator Together() const {  // NOLINT(google-explicit-constructor): it is a value.
      if constexpr (is_straight) {
        const Together root = each([&](int k) { return straight_root(argument.value[k]); });
        const bool large = all([&](int k) { return argument.value[k] >= 0x1p-101F; });
        // Excludes infinity and a few large finite numbers.
        if (all([&](int k) { return argument.value[k] <= 0x1p127F; }, large)) [[likely]]
          return root;
      }
      return slow_root(argument);
    }
  };

  /// root * scale + offset, also with a deferred check: the divisor of the Adam family. The scale
  /// must be at least 1 and the offset at least 0.
  struct ScaledRoot {
    Root root;
    Together scale, offset;

    __device__ operator Together() const {  // NOLINT(google-explicit-constructor): it is a value.
      return fma(Together(root), scale, offset);
    }
  };

  Together() = default;
  __device__ explicit Together(Real number) {
    for (int k = 0; k < Count; ++k) value[k] = number;
  }

  __device__ friend Together operator+(const Together& a, const Together& b) {
    return each([&](int k) { return a.value[k] + b.value[k]; });
  }
  __device__ friend Together operator-(const Together& a, const Together& b) {
    return each([&](int k) { return a.value[k] - b.value[k]; });
  }
  __device__ friend Together operator*(const Together& a, const Together& b) {
    return each([&](int k) { return a.value[k] * b.value[k]; });
  }
  __device__ friend Together fma(const Together& a, const Together& b, const Together& c) {
    return each([&](int k) { return lrscape::fma(a.value[k], b.value[k], c.value[k]); });
  }
  __device__ friend Together sign(const Together& a) {
    return each([&](int k) { return lrscape::sign(a.value[k]); });
  }
  __device__ friend Root sqrt(const Together& a) { return {a}; }
  __device__ friend ScaledRoot fma(const Root& root, const Together& scale,
                                   const Together& offset) {
    return {root, scale, offset};
  }

  __device__ friend Together operator/(const Together& n, const Together& d) {
    if constexpr (is_straight) {
      const Together quotient =
          each([&](int k) { return straight_quotient(n.value[k], d.value[k]); });
      const bool large = all([&](int k) { return fabsf(n.value[k]) >= 0x1p-101F; });
      if (all([&](int k) { return fabsf(quotient.value[k]) >= 0x1p-125F; }, large)) [[likely]]
        return quotient;
    }
    return slow_quotient(n, d);
  }

  __device__ friend Together operator/(const Together& n, const ScaledRoot& d) {
    if constexpr (is_straight) {
      const Together& squares = d.root.argument;
      const Together quotient = each([&](int k) {
        return straight_quotient(n.value[k], lrscape::fma(straight_root(squares.value[k]),
                                                          d.scale.value[k], d.offset.value[k]));
      });
      // The divisor is above 2^-41, so a large enough quotient implies a large enough n.
      const bool large = all([&](int k) { return squares.value[k] >= 0x1p-80F; });
      if (all([&](int k) { return fabsf(quotient.value[k]) >= 0x1p-60F; }, large)) [[likely]]
        return quotient;
    }
    return slow_quotient(n, fma(slow_root(d.root.argument), d.scale, d.offset));
  }

 private:
  __device__ static float straight_root(float a) {
    return LRSCAPE_KERNELS::straight_root(a, approximate_inverse_root(a));
  }
  __device__ static float straight_quotient(float n, float d) {
    return LRSCAPE_KERNELS::straight_quotient(n, d, approximate_reciprocal(d));
  }
  static constexpr bool is_straight = sizeof(Real) == sizeof(float);

  __device__ static Together slow_root(const Together& a) {
    return each([&](int k) { return lrscape::sqrt(a.value[k]); });
  }
  __device__ static Together slow_quotient(const Together& n, const Together& d) {
    return each([&](int k) { return n.value[k] / d.value[k]; });
  }

  template <class Element>
  __device__ static Together each(Element element) {
    Together result;
    LRSCAPE_UNROLL
    for (int k = 0; k < Count; ++k) result.value[k] = element(k);
    return result;
  }
  /// Whether `before` holds and `element` holds for each value, without a branch.
  template <class Element>
  __device__ static bool all(Element element, bool before = true) {
    bool result = before;
    LRSCAPE_UNROLL
    for (int k = 0; k < Count; ++k) result &= element(k);
    return result;
  }
};

}  // namespace lrscape::LRSCAPE_KERNELS
