#pragma once

#ifdef __CUDACC__
#error "cuda_emulation.hpp stands in for <cuda_runtime.h> and must not be compiled by nvcc"
#endif

#include <atomic>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>

#include "lrscape/error.hpp"

/// CUDA blocks on the CPU, for tests: a kernel source that includes this header in place of
/// <cuda_runtime.h> compiles as plain C++, and lrscape::emulation::launch() runs it.
///
/// Every thread of a block is a fiber; blocks run one after the other. Fibers change only at a
/// barrier, shuffle or vote, so a loop that spins until another thread writes never ends.
///
/// What CUDA leaves undefined is an error here (KernelError, thrown by launch()):
/// - a barrier that not every thread of the block reaches, at the same source line. A thread that
///   has returned counts as missing, although newer devices let it pass;
/// - a shuffle, vote or __syncwarp that a lane named in its mask does not reach, with the same
///   mask, at the same source line. Lanes that a partial last warp does not have are left out of
///   the mask, so that a full mask works there as it does on a device;
/// - a shuffle that reads a lane outside its mask, or that a block does not have;
/// - an asynchronous copy of another size or alignment than 4, 8 or 16 bytes.
///
/// Asynchronous copies are made when their thread waits for them, not earlier: who reads too soon,
/// or overwrites what is still to be copied, sees it.
///
/// Static __shared__ variables are one per kernel instance and host thread. They hold zeros in the
/// first block and what the block before left in later ones; they cannot be poisoned, and the
/// address sanitizer puts no red zones around them. Dynamic shared memory has both; prefer it.
///
/// A program links either the emulated or the nvcc-compiled form of a kernel template, never both:
/// they are two definitions of one name.

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): these names are CUDA's.
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static thread_local
#define __grid_constant__

/// The components of CUDA's uint3.
struct uint3 {
  unsigned x = 0;
  unsigned y = 0;
  unsigned z = 0;
};

/// The components of CUDA's dim3: those not given are 1.
struct dim3 {
  unsigned x;
  unsigned y;
  unsigned z;
  constexpr dim3(unsigned x_size = 1, unsigned y_size = 1, unsigned z_size = 1)
      : x(x_size), y(y_size), z(z_size) {}
};

inline constinit thread_local uint3 threadIdx{};
inline constinit thread_local uint3 blockIdx{};
inline constinit thread_local dim3 blockDim{};
inline constinit thread_local dim3 gridDim{};
inline constexpr int warpSize = 32;

namespace lrscape {

/// The block's dynamic shared memory: a heap block of exactly the size given to launch(), aligned
/// to 16 bytes and filled with 0xFF (NaN as float or double) when the block starts. The nvcc form
/// of this function is `extern __shared__`.
unsigned char* dynamic_shared_memory();

namespace emulation {

/// A kernel did what CUDA leaves undefined. The message names the block and the threads.
class KernelError : public Error {
 public:
  using Error::Error;
};

/// Which of the threads that can run runs next, and in which order the blocks run. `forward` takes
/// the lowest first and lets a warp run on to the block's next barrier before the next warp starts;
/// `reverse` is its mirror image; `shuffled` draws at every meeting point, from `seed`. A kernel
/// whose result depends on the schedule has a race.
enum class Order { forward, reverse, shuffled };

struct Schedule {
  Order order = Order::forward;
  std::uint64_t seed = 0;  ///< used by Order::shuffled
};

/// Runs `kernel` once for every thread of every block, on the calling host thread. Host threads may
/// launch at the same time; a kernel may not launch. Throws InputError for a grid or block without
/// threads or a block of more than 1,024, KernelError as told at the top of this file, and what a
/// kernel thread throws, as it is. The block's other threads are then unwound from where they wait,
/// which a noexcept function around a barrier or shuffle would turn into std::terminate, and later
/// blocks do not run.
void launch(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes,
            const std::function<void()>& kernel, const Schedule& schedule = {});

/// Where in the kernel's source a thread waits. As a default argument, current() is the line of the
/// call, as std::source_location::current() would be; clang 14 does not have that one.
struct Site {
  const char* file;
  int line;
  static constexpr Site current(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

namespace detail {

enum class Operation {
  syncthreads,
  syncthreads_or,
  syncthreads_and,
  syncthreads_count,
  syncwarp,
  ballot,
  any,
  all,
  shuffle,
  shuffle_up,
  shuffle_down,
  shuffle_xor
};

/// What a thread brings to a meeting point.
struct Arrival {
  Operation operation{};
  Site site{};
  unsigned mask = 0;           ///< the lanes that meet; 0 where the whole block meets
  std::uint64_t bits = 0;      ///< of the value to shuffle, or 1 where the predicate holds
  unsigned lane_argument = 0;  ///< a shuffle's third argument
  int width = warpSize;
};

/// Waits until all have arrived that meet here; returns the bits of the result.
std::uint64_t meet(const Arrival& arrival);

/// The asynchronous copies of the thread that runs.
void copy_later(void* to, const void* from, std::size_t bytes);
void close_batch_of_copies();
void copy_all_but(std::size_t batches);

inline int vote(Operation operation, unsigned mask, int predicate, Site site) {
  return static_cast<int>(meet({operation, site, mask, predicate != 0}));
}

template <class T>
concept Shuffled = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, int> ||
    std::same_as<T, unsigned>;

template <Shuffled T>
T shuffle(Operation operation, unsigned mask, T value, unsigned lane_argument, int width,
          Site site) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = meet({operation, site, mask, bits, lane_argument, width});
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

}  // namespace detail

inline namespace intrinsics {

inline void __syncthreads(Site site = Site::current()) {
  detail::meet({detail::Operation::syncthreads, site});
}

inline int __syncthreads_or(int predicate, Site site = Site::current()) {
  return detail::vote(detail::Operation::syncthreads_or, 0, predicate, site);
}

inline int __syncthreads_and(int predicate, Site site = Site::current()) {
  return detail::vote(detail::Operation::syncthreads_and, 0, predicate, site);
}

inline int __syncthreads_count(int predicate, Site site = Site::current()) {
  return detail::vote(detail::Operation::syncthreads_count, 0, predicate, site);
}

inline void __syncwarp(unsigned mask = 0xFFFFFFFFU, Site site = Site::current()) {
  detail::vote(detail::Operation::syncwarp, mask, 0, site);
}

inline unsigned __ballot_sync(unsigned mask, int predicate, Site site = Site::current()) {
  return static_cast<unsigned>(detail::vote(detail::Operation::ballot, mask, predicate, site));
}

inline int __any_sync(unsigned mask, int predicate, Site site = Site::current()) {
  return detail::vote(detail::Operation::any, mask, predicate, site);
}

inline int __all_sync(unsigned mask, int predicate, Site site = Site::current()) {
  return detail::vote(detail::Operation::all, mask, predicate, site);
}

template <detail::Shuffled T>
T __shfl_sync(unsigned mask, T value, int source_lane, int width = warpSize,
              Site site = Site::current()) {
  return detail::shuffle(detail::Operation::shuffle, mask, value,
                         static_cast<unsigned>(source_lane), width, site);
}

template <detail::Shuffled T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize,
                 Site site = Site::current()) {
  return detail::shuffle(detail::Operation::shuffle_up, mask, value, delta, width, site);
}

template <detail::Shuffled T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize,
                   Site site = Site::current()) {
  return detail::shuffle(detail::Operation::shuffle_down, mask, value, delta, width, site);
}

template <detail::Shuffled T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = warpSize,
                  Site site = Site::current()) {
  return detail::shuffle(detail::Operation::shuffle_xor, mask, value,
                         static_cast<unsigned>(lane_mask), width, site);
}

template <class T>
T __ldg(const T* address) {
  return *address;
}

inline void __pipeline_memcpy_async(void* to, const void* from, std::size_t bytes) {
  detail::copy_later(to, from, bytes);
}
inline void __pipeline_commit() { detail::close_batch_of_copies(); }
inline void __pipeline_wait_prior(std::size_t batches) { detail::copy_all_but(batches); }

/// Atomic between host threads too, which may launch on the same counter.
inline int atomicAdd(int* address, int value) {
  return std::atomic_ref(*address).fetch_add(value, std::memory_order_relaxed);
}

inline unsigned atomicAdd(unsigned* address, unsigned value) {
  return std::atomic_ref(*address).fetch_add(value, std::memory_order_relaxed);
}

}  // namespace intrinsics
}  // namespace emulation
}  // namespace lrscape

namespace lrscape {

// What cuda_language.hpp adds to CUDA.

inline int thread_of_block() { return static_cast<int>(threadIdx.x); }
inline void forget_what_was_read() {}
inline std::ptrdiff_t wide_product(std::int32_t a, std::int32_t b) { return std::ptrdiff_t{a} * b; }

inline float without_subnormals(float a) {
  return std::fabs(a) < std::numeric_limits<float>::min() ? std::copysign(0.0F, a) : a;
}
/// As far off as the device's may be, an ulp: the neighbour on the other side of 1 / a. But the nearest for
/// significands of ones alone, since the device's own division needs it there.
inline float approximate_reciprocal(float a) {
  const float divisor = without_subnormals(a);
  const float nearest = without_subnormals(1.0F / divisor);
  const bool only_ones = (~std::bit_cast<std::uint32_t>(a) & 0x7FFFFFU) == 0;
  const float rest = std::fma(-divisor, nearest, 1.0F);
  if (only_ones || nearest == 0 || rest == 0 || !std::isfinite(rest)) return nearest;
  return without_subnormals(
      std::nextafter(nearest, (rest > 0) == (divisor > 0) ? INFINITY : -INFINITY));
}
/// The nearest: the device's own root needs more than its bound, 2^-22.9, says.
inline float approximate_inverse_root(float a) {
  return static_cast<float>(1 / std::sqrt(static_cast<double>(without_subnormals(a))));
}
inline float approximate_root(float a) { return std::sqrt(without_subnormals(a)) * (1 + 0x1p-23F); }

inline float high_part_of_tf32(float value) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0xFFFFE000U);
}

/// The 9 terms of a sum are added in double and rounded toward 0, which tensor cores come near to.
void multiply_tf32(float (&sum)[4], const float (&a)[4], const float (&b)[2]);

}  // namespace lrscape

using namespace lrscape::emulation::intrinsics;
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
