#pragma once

#include "lrscape/numerics/platform.hpp"

namespace lrscape {

/// A sum that also adds up the rounding error of every addition. It is as accurate as a sum in
/// twice the precision that is rounded at the end (algorithm Sum2 of Ogita, Rump and Oishi,
/// "Accurate sum and dot product", SIAM J. Sci. Comput. 26, 2005; TwoSum is Knuth's). The sum of n
/// positive terms has a relative error of at most u + n^2 u^2, with u = 2^-53 for double.
///
/// V is a floating-point type or a SIMD vector of doubles. Once the sum overflows, it is NaN.
template <class V>
class CompensatedSum {
 public:
  LRSCAPE_HOST_DEVICE void add(V term) {
    const V sum = sum_ + term;
    const V added = sum - sum_;
    error_ = error_ + ((sum_ - (sum - added)) + (term - added));
    sum_ = sum;
  }

  /// Adds another sum and its accumulated error.
  LRSCAPE_HOST_DEVICE void add(const CompensatedSum& other) {
    add(other.sum_);
    error_ = error_ + other.error_;
  }

  LRSCAPE_HOST_DEVICE V value() const { return sum_ + error_; }

 private:
  V sum_ = V(0);
  V error_ = V(0);
};

}  // namespace lrscape
