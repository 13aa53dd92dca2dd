#pragma once

#include "lrscape/numerics/platform.hpp"

namespace lrscape {

/// A sum with the rounding error of every addition summed beside it: as accurate as if it were
/// carried in twice the precision and then rounded (algorithm Sum2 of Ogita, Rump and Oishi,
/// "Accurate sum and dot product", SIAM J. Sci. Comput. 26, 2005; TwoSum is Knuth's). The sum of n
/// positive terms has a relative error of at most u + n^2 u^2, u = 2^-53.
///
/// V is double or a SIMD vector of doubles. NaN once the sum is beyond the range of V.
template <class V>
class CompensatedSum {
 public:
  LRSCAPE_HOST_DEVICE void add(V term) {
    const V sum = sum_ + term;
    const V added = sum - sum_;
    error_ = error_ + ((sum_ - (sum - added)) + (term - added));
    sum_ = sum;
  }

  /// Adds another sum with its error.
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
