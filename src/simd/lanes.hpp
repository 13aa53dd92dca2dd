#pragma once

namespace lrscape::cpu {

/// The memory layout of a value type: a single number, or one number per SIMD lane.
template <class V>
struct Lanes {
  using Real = V;
  static constexpr int count = 1;
  /// Number of running sums that fit into registers beside the operands of a multiply-add.
  static constexpr int sums = 10;
  static V load(const Real* from) { return *from; }
  static void store(V value, Real* to) { *to = value; }
};

}  // namespace lrscape::cpu
