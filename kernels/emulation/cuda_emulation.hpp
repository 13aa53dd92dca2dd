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

/// Runs CUDA blocks on the CPU, for tests. A kernel source that includes this header instead of
/// <cuda_runtime.h> compiles as plain C++, and lrscape::emulation::launch() runs it.
///
/// Every thread of a block is a fiber; blocks run one after the other. Fibers switch only at a
/// barrier, shuffle or vote, so a loop that spins until another thread writes never ends.
///
/// Behaviour that CUDA leaves undefined is an error here (KernelError, thrown by launch()):
/// - a barrier that not every thread of the block reaches at the same source line. A thread that
///   has returned counts as missing, although newer devices let it pass;
/// - a shuffle, vote or __syncwarp that a lane named in its mask does not reach with the same mask
///   at the same source line. Lanes that are missing in a partial last warp are removed from the
///   mask, so that a full mask works there as it does on a device;
/// - a shuffle that reads a lane outside its mask, or a lane that the block does not have;
/// - an asynchronous copy with a size other than 4, 8 or 16 bytes, or with addresses that are not
///   aligned to the size.
///
/// Asynchronous copies run when their thread waits for them, not earlier. A kernel that reads the
/// destination too soon, or overwrites the source too soon, therefore gets wrong values.
///
/// Every kernel instance has one copy of its static __shared__ variables per host thread. They hold
/// zeros in the first block and the values of the previous block in later blocks. They cannot be
/// poisoned, and the address sanitizer puts no red zones around them. Prefer dynamic shared memory,
/// which has both.
///
/// A program can contain both the emulated and the nvcc-compiled form of a kernel template only if
/// they are in different namespaces, as with LRSCAPE_KERNELS. Otherwise a name has two definitions.

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): these names are CUDA's.
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static thread_local
#define __grid_constant__

/// CUDA's uint3.
struct uint3 {
  unsigned x = 0;
  unsigned y = 0;
  unsigned z = 0;
};

/// CUDA's dim3. Components that are not given are 1.
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
/// of this function returns an `extern __shared__` array.
unsigned char* dynamic_shared_memory();

namespace emulation {

/// A kernel did something that CUDA leaves undefined. The message names the block and the threads.
class KernelError : public Error {
 public:
  using Error::Error;
};

/// The order in which ready threads run, and in which blocks run. `forward` takes the lowest first
/// and lets a warp run to the block's next barrier before the next warp starts; `reverse` is the
/// mirror image; `shuffled` draws at every meeting point, from `seed`. A kernel whose result
/// depends on the schedule has a race.
enum class Order { forward, reverse, shuffled };

struct Schedule {
  Order order = Order::forward;
  std::uint64_t seed = 0;  ///< used by Order::shuffled
};

/// Runs `kernel` once for every thread of every block, on the calling host thread. Several host
/// threads may launch at the same time, but a kernel may not launch. Throws InputError for a grid
/// or block that a CUDA device cannot launch, and KernelError as described at the top of this file.
/// Passes on every exception of a kernel thread. The block's other threads are then unwound from
/// where they wait, and later blocks do not run. A noexcept function around a barrier or shuffle
/// would turn this unwinding into std::terminate.
void launch(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes,
            const std::function<void()>& kernel, const Schedule& schedule = {});

/// The source line at which a thread waits. As a default argument, current() gives the line of the
/// call, like std::source_location::current(), which clang 14 lacks.
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

/// The data of a thread at a meeting point.
struct Arrival {
  Operation operation{};
  Site site{};
  unsigned mask = 0;           ///< the lanes that meet; 0 if the whole block meets
  std::uint64_t bits = 0;      ///< bits of the value to shuffle, or 1 if the predicate holds
  unsigned lane_argument = 0;  ///< a shuffle's third argument
  int width = warpSize;
};

/// Waits until all participants have arrived. Returns the bits of the result.
std::uint64_t meet(const Arrival& arrival);

/// The asynchronous copies of the running thread.
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

/// Also atomic between host threads, which may launch kernels on the same counter.
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

// The functions that cuda_language.hpp adds to CUDA.

inline int thread_of_block() { return static_cast<int>(threadIdx.x); }
inline void forget_what_was_read() {}
inline std::ptrdiff_t wide_product(std::int32_t a, std::int32_t b) { return std::ptrdiff_t{a} * b; }

inline float without_subnormals(float a) {
  return std::fabs(a) < std::numeric_limits<float>::min() ? std::copysign(0.0F, a) : a;
}
/// The least accurate result that a device may give, an ulp off: the neighbour on the other side of
/// 1 / a. For significands of only ones it is the nearest float, because the device's own division
/// needs that.
inline float approximate_reciprocal(float a) {
  const float divisor = without_subnormals(a);
  const float nearest = without_subnormals(1.0F / divisor);
  const bool only_ones = (~std::bit_cast<std::uint32_t>(a) & 0x7FFFFFU) == 0;
  const float rest = std::fma(-divisor, nearest, 1.0F);
  if (only_ones || nearest == 0 || rest == 0 || !std::isfinite(rest)) return nearest;
  return without_subnormals(
      std::nextafter(nearest, (rest > 0) == (divisor > 0) ? INFINITY : -INFINITY));
}
/// The nearest float: the device's own root needs more accuracy than the documented 2^-22.9.
inline float approximate_inverse_root(float a) {
  return static_cast<float>(1 / std::sqrt(static_cast<double>(without_subnormals(a))));
}
inline float approximate_root(float a) { return std::sqrt(without_subnormals(a)) * (1 + 0x1p-23F); }

inline float high_part_of_tf32(float value) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0xFFFFE000U);
}

/// Adds the 9 terms of a sum in double and rounds toward 0, which is close to what tensor cores do.
void multiply_tf32(float (&sum)[4], const float (&a)[4], const float (&b)[2]);

}  // namespace lrscape

using namespace lrscape::emulation::intrinsics;
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
