#pragma once

#include <cstddef>
#include <cstdint>

#include "lrscape/bound/multipole.hpp"
#include "lrscape/bound/walk.hpp"
#include "simd/lanes.hpp"

// The time-critical kernels of bounds, for one instruction set. The length of arrays that are
// processed in vectors is a multiple of bound_width, whatever the width of a vector.
namespace lrscape::cpu {

/// Lanes of the widest vector of doubles.
inline constexpr int bound_width = 8;

/// S_T and B_T of one schedule per lane, with T = horizon. `eta` is steps x lanes; `path` and
/// `gradients` hold one value per lane.
template <class V>
void walk_schedules(const double* eta, const double* norms, std::int64_t horizon, double* path,
                    double* gradients) {
  const auto sums = bound::walk<V>(
      horizon, [&](std::int64_t t) { return Lanes<V>::load(eta + (t - 1) * Lanes<V>::count); },
      [&](std::int64_t t) { return V(norms[t - 1]); });
  Lanes<V>::store(sums.path, path);
  Lanes<V>::store(sums.gradients, gradients);
}

/// For each m, adds the sources lane, lane + bound_width, ... to sums[m * bound_width + lane].
template <class V>
void add_sources(const double* z, const double* strength, std::int64_t count, double* sums) {
  constexpr int lanes = Lanes<V>::count;
  for (int lane = 0; lane < bound_width; lane += lanes) {
    V sum[bound::order];
    for (int m = 0; m < bound::order; ++m) sum[m] = Lanes<V>::load(sums + m * bound_width + lane);
    for (std::int64_t k = lane; k < count; k += bound_width)
      bound::add_source(Lanes<V>::load(z + k), Lanes<V>::load(strength + k), sum);
    for (int m = 0; m < bound::order; ++m) Lanes<V>::store(sum[m], sums + m * bound_width + lane);
  }
}

/// value[k] += expand(coefficient, z[k])
template <class V>
void add_expansion(const double* coefficient, const double* z, std::int64_t count, double* value) {
  for (std::int64_t k = 0; k < count; k += Lanes<V>::count)
    Lanes<V>::store(Lanes<V>::load(value + k) + bound::expand(coefficient, Lanes<V>::load(z + k)),
                    value + k);
}

/// value[k] += the fields of all sources at distance[k]. The sum is compensated, because there may
/// be very many sources.
template <class V>
void add_fields(const bound::Source* sources, std::size_t source_count, const double* distance,
                std::int64_t count, double* value) {
  for (std::int64_t k = 0; k < count; k += Lanes<V>::count) {
    CompensatedSum<V> sum;
    sum.add(Lanes<V>::load(value + k));
    for (std::size_t s = 0; s < source_count; ++s)
      sum.add(bound::field_of(sources[s], Lanes<V>::load(distance + k)));
    Lanes<V>::store(sum.value(), value + k);
  }
}

struct BoundKernels {
  int lanes;
  decltype(&walk_schedules<double>) walk_schedules;
  decltype(&add_sources<double>) add_sources;
  decltype(&add_expansion<double>) add_expansion;
  decltype(&add_fields<double>) add_fields;
};

template <class V>
consteval BoundKernels make_bound_kernels() {
  return {Lanes<V>::count, &walk_schedules<V>, &add_sources<V>, &add_expansion<V>, &add_fields<V>};
}

}  // namespace lrscape::cpu
