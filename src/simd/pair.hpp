#pragma once

#include "simd/lanes.hpp"

namespace lrscape::cpu {

/// Two SIMD registers as one value type, so that a value broadcast to all runs is loaded once for
/// both registers. With one register, each load feeds only one multiply-add, and processors issue
/// about as many loads as multiply-adds.
template <class V>
struct Pair {
  V low;
  V high;

  Pair() = default;
  explicit Pair(typename Lanes<V>::Real value) : low(value), high(low) {}
  Pair(V first, V second) : low(first), high(second) {}

  friend Pair operator+(Pair a, Pair b) { return {a.low + b.low, a.high + b.high}; }
  friend Pair operator-(Pair a, Pair b) { return {a.low - b.low, a.high - b.high}; }
  friend Pair operator*(Pair a, Pair b) { return {a.low * b.low, a.high * b.high}; }
  friend Pair operator/(Pair a, Pair b) { return {a.low / b.low, a.high / b.high}; }
  friend Pair fma(Pair a, Pair b, Pair c) {
    return {fma(a.low, b.low, c.low), fma(a.high, b.high, c.high)};
  }
  friend Pair sqrt(Pair a) { return {sqrt(a.low), sqrt(a.high)}; }
  friend Pair sign(Pair a) { return {sign(a.low), sign(a.high)}; }
};

template <class V>
struct Lanes<Pair<V>> {
  using Real = typename Lanes<V>::Real;
  static constexpr int half = Lanes<V>::count;
  static constexpr int count = 2 * half;
  static constexpr int sums = Lanes<V>::sums / 2;
  static Pair<V> load(const Real* from) {
    return {Lanes<V>::load(from), Lanes<V>::load(from + half)};
  }
  static void store(Pair<V> value, Real* to) {
    Lanes<V>::store(value.low, to);
    Lanes<V>::store(value.high, to + half);
  }
};

}  // namespace lrscape::cpu
