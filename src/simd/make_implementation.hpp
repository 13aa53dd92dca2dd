#pragma once

#include "simd/implementation.hpp"

namespace lrscape::cpu {

template <class V>
typename Lanes<V>::Real spin(long rounds) {
  using Real = typename Lanes<V>::Real;
  V value[spin_chains];
  for (int k = 0; k < spin_chains; ++k) value[k] = V(static_cast<Real>(k));
  const V factor(static_cast<Real>(0.5));
  const V term(static_cast<Real>(1.5));
  for (long round = 0; round < rounds; ++round)
    for (int k = 0; k < spin_chains; ++k) value[k] = fma(value[k], factor, term);
  for (int k = 1; k < spin_chains; ++k) value[0] = value[0] + value[k];
  alignas(64) Real lane[Lanes<V>::count];
  Lanes<V>::store(value[0], lane);
  return lane[0];
}

/// V<Real> is the value type of a register, Runs<Real> the value type of a tile. consteval, so that
/// object files for different instruction sets do not share a function with this name.
template <template <class> class V, template <class> class Runs, class... O>
consteval Implementation make_implementation(std::string_view name, TypeList<O...> /*optimizers*/) {
  return {name,
          Lanes<V<float>>::count,
          Lanes<V<double>>::count,
          Lanes<Runs<float>>::count,
          Lanes<Runs<double>>::count,
          {TileKernel<O>{&train_tile<O, Runs<float>>, &train_tile<O, Runs<double>>}...},
          make_bound_kernels<V<double>>(),
          &row_products<Runs<double>>,
          &spin<V<float>>,
          &spin<V<double>>};
}

}  // namespace lrscape::cpu
