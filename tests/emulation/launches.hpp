#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include "emulation/cuda_emulation.hpp"

/// Kernels for launches on the emulation, and helpers that return or check their results.
namespace lrscape::emulation {

inline constexpr unsigned full_mask = 0xFFFFFFFFU;

inline const std::vector<Schedule> schedules = {{Order::forward},     {Order::reverse},
                                                {Order::shuffled, 1}, {Order::shuffled, 2},
                                                {Order::shuffled, 3}, {Order::shuffled, 4}};

/// The message of the error of type E that `action` throws.
template <class E, class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}

/// The message of the KernelError that one block of `kernel` ends with.
template <class Kernel>
std::string kernel_error(unsigned threads, const Kernel& kernel) {
  return message_of<KernelError>([&] { launch(1, threads, 0, kernel); });
}

/// The return values of the threads of one block.
template <class T, class Kernel>
std::vector<T> results(unsigned threads, const Kernel& kernel, const Schedule& schedule = {},
                       std::size_t dynamic_shared_bytes = 0) {
  std::vector<T> values(threads);
  launch(
      1, threads, dynamic_shared_bytes, [&] { values[threadIdx.x] = kernel(); }, schedule);
  return values;
}

// The next two functions are written like a kernel source, with every specifier that it may use.

template <class Real>
__device__ __forceinline__ Real warp_sum(Real value, unsigned lanes) {
  const unsigned lane = threadIdx.x % warpSize;
  for (unsigned offset = warpSize / 2; offset > 0; offset /= 2) {
    const bool has_partner = lane + offset < lanes;
    const Real other =
        __shfl_sync(full_mask, value, static_cast<int>(has_partner ? lane + offset : lane));
    if (has_partner) value += other;
  }
  return value;
}

/// The sum of each block's values: within warps by shuffles, then over warps in shared memory.
template <class Real>
__global__ void __launch_bounds__(1024)
    block_sum(const Real* __restrict__ values, Real* __restrict__ sums) {
  __shared__ Real warp_sums[32];
  const unsigned warp = threadIdx.x / warpSize;
  const unsigned lanes = std::min(32U, blockDim.x - warp * warpSize);
  const Real sum = warp_sum(__ldg(values + blockIdx.x * blockDim.x + threadIdx.x), lanes);
  if (threadIdx.x % warpSize == 0) warp_sums[warp] = sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    Real total = 0;
    for (unsigned i = 0; i < (blockDim.x + warpSize - 1) / warpSize; ++i) total += warp_sums[i];
    sums[blockIdx.x] = total;
  }
}

/// Block b sums b·n + 1, ..., b·n + n, which is n·(b·n) + n(n+1)/2.
template <class Real>
void expect_block_sums(unsigned n, const Schedule& schedule) {
  std::vector<Real> values(3 * n);
  std::iota(values.begin(), values.end(), Real{1});
  std::vector<Real> sums(3);
  launch(
      3, n, 0, [&] { block_sum(values.data(), sums.data()); }, schedule);
  // Every partial sum is an integer below 2^24, so every type is exact.
  for (unsigned b = 0; b < 3; ++b) {
    const unsigned expected = n * (b * n) + n * (n + 1) / 2;
    EXPECT_EQ(sums[b], static_cast<Real>(expected)) << n << " threads";
  }
}

}  // namespace lrscape::emulation
