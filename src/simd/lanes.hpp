#pragma once

namespace lrscape::cpu {

/// How a value type sits in memory: one number, or as many as a SIMD register holds.
template <class V>
struct Lanes {
  using Real = V;
  static constexpr int count = 1;
  /// Running sums that registers hold beside the operands of a multiply-add.
  static constexpr int sums = 10;
  static V load(const Real* from) { return *from; }
  static void store(V value, Real* to) { *to = value; }
};

}  // namespace lrscape::cpu
