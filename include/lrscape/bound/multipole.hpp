#pragma once

#include <cstdint>

#include "lrscape/numerics/elementary.hpp"

/// The building blocks of a one-dimensional fast multipole method for sums over sources k of
///
///     weight_k / (r_k + gap + l_t)
///
/// where r_k >= 0 is the distance from source k to the right end of its tree node, l_t >= 0 is the
/// distance from target t to the left end of its tree node, and gap > 0 is the distance between the
/// two tree nodes. If the gap is at least as long as the longer tree node, the kernel is
/// interpolated at Chebyshev nodes of the first kind in both variables (Fong and Darve, "The
/// black-box fast multipole method", J. Comput. Phys. 228, 2009). On [0, length] the kernel is
/// analytic, and its only pole lies at distance gap, so the error falls as (3 + sqrt(8))^-order.
///
/// Coordinates are z = 2 r / length - 1 in [-1, 1]. V is double or a SIMD vector of doubles. Lanes
/// never mix, so the results do not depend on the width of the vector.
namespace lrscape::bound {

/// Chebyshev nodes per tree node: 5.83^-20 = 5e-16.
inline constexpr int order = 20;

/// Adds strength * T_m(z) to sums[m], m < order.
template <class V>
LRSCAPE_HOST_DEVICE inline void add_source(V z, V strength, V (&sums)[order]) {
  const V twice = z + z;
  V before = strength;
  V polynomial = strength * z;
  sums[0] = sums[0] + strength;
  sums[1] = sums[1] + polynomial;
  for (int m = 2; m < order; ++m) {
    const V next = fma(twice, polynomial, V(0) - before);
    before = polynomial;
    polynomial = next;
    sums[m] = sums[m] + polynomial;
  }
}

/// sum_m coefficient[m] T_m(z), by Clenshaw's recurrence.
template <class V>
LRSCAPE_HOST_DEVICE inline V expand(const double* coefficient, V z) {
  const V twice = z + z;
  V after = V(0);
  V value = V(coefficient[order - 1]);
  for (int m = order - 2; m >= 1; --m) {
    const V next = fma(twice, value, V(coefficient[m]) - after);
    after = value;
    value = next;
  }
  return fma(z, value, V(coefficient[0]) - after);
}

/// scale^2 sum_j moment[j] / (length node[j] + target): the field of a far tree node of length
/// `length` at a distance `target` from its right end. node[j] is Chebyshev node j of [0, 1].
template <class V>
LRSCAPE_HOST_DEVICE inline V far_field(const double* moment, const double* node, double length,
                                       double scale, V target) {
  V sum = V(0);
  for (int j = 0; j < order; ++j) sum = sum + V(moment[j]) / (V(length * node[j]) + target);
  return sum * V(scale) * V(scale);
}

/// sum_k moved[k]^2 / (place[k] + target), summed in the order of k.
template <class V>
LRSCAPE_HOST_DEVICE inline V near_field(const double* moved, const double* place,
                                        std::int64_t count, V target) {
  V sum = V(0);
  for (std::int64_t k = 0; k < count; ++k)
    sum = fma(V(moved[k]), V(moved[k]) / (V(place[k]) + target), sum);
  return sum;
}

/// A tree node as a source. If `moved` is null, the source consists of `moments` at the Chebyshev
/// nodes `place` of [0, 1]. Otherwise it consists of the steps k of a leaf: `moved` holds
/// eta_k G_k, and `place` holds the distance of step k from the end of the leaf.
struct Source {
  const double* moved;
  const double* moments;
  const double* place;
  double length;
  double scale;
  double gap;  ///< from the end of the source to the origin of the targets
  std::int64_t steps;
};

/// The field of a source at `distance` from the origin of the targets.
template <class V>
LRSCAPE_HOST_DEVICE inline V field_of(const Source& source, V distance) {
  const V target = V(source.gap) + distance;
  return source.moved != nullptr
             ? near_field(source.moved, source.place, source.steps, target)
             : far_field(source.moments, source.place, source.length, source.scale, target);
}

// Within a leaf, targets are processed in groups as large as the widest SIMD vector. Steps are
// counted from 0 at the start of the leaf.

/// The field at step t of the steps first .. t - 1 in its own group. All of them are near.
LRSCAPE_HOST_DEVICE inline double field_of_group(const double* eta, const double* moved,
                                                 std::int64_t first, std::int64_t t) {
  double value = 0;
  double tail = 0;
  for (std::int64_t k = t; k-- > first;) {
    tail += eta[k + 1];
    value += moved[k] * (moved[k] / tail);
  }
  return value;
}

/// Writes the distances of steps 0 .. first - 1 from step `first` to `place`.
LRSCAPE_HOST_DEVICE inline void places_before(const double* eta, std::int64_t first,
                                              double* place) {
  double to_first = 0;
  for (std::int64_t k = first; k-- > 0;) {
    to_first += eta[k + 1];
    place[k] = to_first;
  }
}

}  // namespace lrscape::bound
