#pragma once

#include <cstdint>

#include "cuda_language.hpp"
#include "lrscape/numerics/elementary.hpp"

namespace lrscape {

/// Threads per block, chains of multiply-adds per thread, and multiply-adds of a chain per loop
/// iteration. Eight chains hide each other's latency.
inline constexpr int spin_threads = 256;
inline constexpr int spin_chains_of_thread = 8;
inline constexpr int spin_unrolled = 32;

}  // namespace lrscape

namespace lrscape::LRSCAPE_KERNELS {

/// Multiply-adds in registers, to measure the peak rate of the GPU: `rounds` times spin_unrolled
/// per chain. `sink` receives one number per thread, which depends on all chains.
template <class Real>
__global__ void __launch_bounds__(spin_threads)
    spin(std::int32_t rounds, Real factor, Real term, Real* sink) {
  Real value[spin_chains_of_thread];
  LRSCAPE_UNROLL
  for (int k = 0; k < spin_chains_of_thread; ++k) value[k] = static_cast<Real>(k);
  LRSCAPE_KEEP_LOOP
  for (std::int32_t round = 0; round < rounds; ++round) {
    LRSCAPE_UNROLL
    for (int j = 0; j < spin_unrolled; ++j) {
      LRSCAPE_UNROLL
      for (int k = 0; k < spin_chains_of_thread; ++k) value[k] = fma(value[k], factor, term);
    }
  }
  LRSCAPE_UNROLL
  for (int k = 1; k < spin_chains_of_thread; ++k) value[0] = value[0] + value[k];
  sink[blockIdx.x * static_cast<unsigned>(spin_threads) + threadIdx.x] = value[0];
}

}  // namespace lrscape::LRSCAPE_KERNELS
