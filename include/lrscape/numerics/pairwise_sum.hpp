#pragma once

#include <cstdint>

#include "lrscape/numerics/elementary.hpp"

namespace lrscape {

/// The order of sums over features and over the rows of a loss. (The rows of a gradient are added
/// in order.) Each block of 16 terms is summed term by term. Block sums
/// are combined pairwise, neighbour with neighbour, level by level; a sum without a partner moves
/// up a level unchanged:
///
///     ((b0 + b1) + (b2 + b3)) + b4      for five blocks
///
/// Appended zeros do not change a sum (except the sign of a zero, on which nothing depends), so
/// implementations may pad.
inline constexpr int summation_block = 16;

/// Combines the block sums of `Width` independent sums in the order above, as they arrive. Partial
/// sums are stored like the digits of a binary counter: level k holds the sum of 2^k blocks.
template <class V, int Width>
class PairwiseSums {
 public:
  LRSCAPE_HOST_DEVICE void push(V (&sum)[Width]) {
    int level = 0;
    for (std::uint32_t carry = count_; (carry & 1U) != 0; carry >>= 1) {
      for (int k = 0; k < Width; ++k) sum[k] = levels_[level][k] + sum[k];
      ++level;
    }
    for (int k = 0; k < Width; ++k) levels_[level][k] = sum[k];
    ++count_;
  }

  /// Forgets all blocks.
  LRSCAPE_HOST_DEVICE void clear() { count_ = 0; }

  /// Writes the sums over all blocks pushed so far to `sum`; zeros without any block.
  LRSCAPE_HOST_DEVICE void total(V (&sum)[Width]) const {
    bool empty = true;
    for (int k = 0; k < Width; ++k) sum[k] = V(0);
    for (int level = 0; level < max_levels; ++level) {
      if ((count_ >> level & 1U) == 0) continue;
      for (int k = 0; k < Width; ++k)
        sum[k] = empty ? levels_[level][k] : levels_[level][k] + sum[k];
      empty = false;
    }
  }

 private:
  static constexpr int max_levels = 32;
  V levels_[max_levels][Width];
  std::uint32_t count_ = 0;
};

/// The sum of `Count` block sums, in the order above. `Count` is a power of two.
template <int Count, class V>
LRSCAPE_HOST_DEVICE V pairwise_total(const V* sum) {
  if constexpr (Count == 1)
    return sum[0];
  else
    return pairwise_total<Count / 2>(sum) + pairwise_total<Count / 2>(sum + Count / 2);
}

/// A sum of squares in the order above. Terms are added one at a time.
template <class V>
class SumOfSquares {
 public:
  LRSCAPE_HOST_DEVICE void add(V term) {
    block_[0] = fma(term, term, block_[0]);
    if (++filled_ == summation_block) flush();
  }

  LRSCAPE_HOST_DEVICE void clear() {
    blocks_.clear();
    block_[0] = V(0);
    filled_ = 0;
  }

  LRSCAPE_HOST_DEVICE V total() {
    if (filled_ > 0) flush();
    V sum[1] = {V(0)};
    blocks_.total(sum);
    return sum[0];
  }

 private:
  LRSCAPE_HOST_DEVICE void flush() {
    blocks_.push(block_);
    block_[0] = V(0);
    filled_ = 0;
  }

  PairwiseSums<V, 1> blocks_;
  V block_[1] = {V(0)};
  int filled_ = 0;
};

}  // namespace lrscape
