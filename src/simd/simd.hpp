#pragma once

#include <hwy/highway.h>

#include "simd/lanes.hpp"

// One SIMD register of float or double, based on the Highway library, for the instruction set of
// the current compilation. Highway puts the types of each instruction set into a separate
// namespace, so that the linker cannot replace code for one instruction set by code for another.
namespace lrscape::cpu {

template <class Real, class Raw = hwy::HWY_NAMESPACE::Vec<hwy::HWY_NAMESPACE::ScalableTag<Real>>>
struct Simd {
  using Tag = hwy::HWY_NAMESPACE::ScalableTag<Real>;

  Raw raw;

  Simd() = default;
  HWY_INLINE explicit Simd(Real value) : raw(hwy::HWY_NAMESPACE::Set(Tag(), value)) {}
  HWY_INLINE explicit Simd(Raw value) : raw(value) {}

  friend HWY_INLINE Simd operator+(Simd a, Simd b) { return Simd(a.raw + b.raw); }
  friend HWY_INLINE Simd operator-(Simd a, Simd b) { return Simd(a.raw - b.raw); }
  friend HWY_INLINE Simd operator*(Simd a, Simd b) { return Simd(a.raw * b.raw); }
  friend HWY_INLINE Simd operator/(Simd a, Simd b) { return Simd(a.raw / b.raw); }
  friend HWY_INLINE Simd fma(Simd a, Simd b, Simd c) {
    return Simd(hwy::HWY_NAMESPACE::MulAdd(a.raw, b.raw, c.raw));
  }
  friend HWY_INLINE Simd sqrt(Simd a) { return Simd(hwy::HWY_NAMESPACE::Sqrt(a.raw)); }
  friend HWY_INLINE Simd sign(Simd a) {
    namespace hn = hwy::HWY_NAMESPACE;
    const Raw zero = hn::Zero(Tag());
    const Raw not_above = hn::IfThenElse(hn::Lt(a.raw, zero), Simd(-1).raw, a.raw);
    return Simd(hn::IfThenElse(hn::Gt(a.raw, zero), Simd(1).raw, not_above));
  }
};

template <class R, class Raw>
struct Lanes<Simd<R, Raw>> {
  using Real = R;
  using V = Simd<R, Raw>;
  static constexpr int count = static_cast<int>(HWY_LANES(R));
  static constexpr int sums = HWY_STATIC_TARGET == HWY_AVX3 ? 20 : 10;  // of 32 or 16 registers
  static HWY_INLINE V load(const Real* from) {
    return V(hwy::HWY_NAMESPACE::Load(typename V::Tag(), from));
  }
  static HWY_INLINE void store(V value, Real* to) {
    hwy::HWY_NAMESPACE::Store(value.raw, typename V::Tag(), to);
  }
};

}  // namespace lrscape::cpu
