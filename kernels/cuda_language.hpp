#pragma once

// Kernel sources include this header for the CUDA language. It includes nvcc's own headers or, in
// tests that compile kernels as plain C++, their emulation. Each of the two puts its kernels into
// its own namespace, so that one program can contain both.
#include "lrscape/numerics/platform.hpp"

#ifdef __CUDACC__

#include <cuda_pipeline_primitives.h>
#include <cuda_runtime.h>

#define LRSCAPE_KERNELS on_device
#define LRSCAPE_UNROLL_TWICE _Pragma("unroll 2")
/// Unrolls a loop. Arrays indexed only by counters of unrolled loops stay in registers.
#define LRSCAPE_UNROLL _Pragma("unroll")

#include <cstddef>
#include <cstdint>

namespace lrscape {

/// The block's dynamic shared memory.
__device__ inline unsigned char* dynamic_shared_memory() {
  extern __shared__ __align__(16) unsigned char memory[];
  return memory;
}

/// threadIdx.x, read again at every call, so that values derived from it occupy no registers
/// between calls.
__device__ inline int thread_of_block() {
  int thread;
  asm volatile("mov.u32 %0, %%tid.x;" : "=r"(thread));
  return thread;
}

/// Makes the compiler read values from memory again instead of keeping them in registers.
__device__ inline void forget_what_was_read() { asm volatile("" ::: "memory"); }

/// a * b in 64 bits. Written in assembly, because the compiler would widen a loop-invariant factor
/// before the loop and then multiply 64 bits by 64 bits.
__device__ inline std::ptrdiff_t wide_product(std::int32_t a, std::int32_t b) {
  std::ptrdiff_t product;
  asm("mul.wide.s32 %0, %1, %2;" : "=l"(product) : "r"(a), "r"(b));
  return product;
}

/// 1 / a to a unit in the last place, 1 / sqrt(a) and sqrt(a) to 2^-22.9. Subnormal numbers count
/// as 0.
__device__ inline float approximate_reciprocal(float a) {
  float result;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(a));
  return result;
}
__device__ inline float approximate_inverse_root(float a) {
  float result;
  asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(a));
  return result;
}
__device__ inline float approximate_root(float a) {
  float result;
  asm("sqrt.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(a));
  return result;
}

/// `value` rounded toward 0 to TF32 (10 bits after the point).
__device__ inline float high_part_of_tf32(float value) {
  return __uint_as_float(__float_as_uint(value) & 0xFFFFE000U);
}

/// sum += a b for a warp's fragments of mma.m16n8k8 in TF32. The instruction drops the excess bits
/// of a and b.
__device__ inline void multiply_tf32(float (&sum)[4], const float (&a)[4], const float (&b)[2]) {
  // Volatile: the whole warp must execute this, so the compiler must not move it into a branch.
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])),
        "r"(__float_as_uint(a[3])), "r"(__float_as_uint(b[0])), "r"(__float_as_uint(b[1])));
}

}  // namespace lrscape

#else

#include "emulation/cuda_emulation.hpp"

#define LRSCAPE_KERNELS emulated
#define LRSCAPE_UNROLL_TWICE
#define LRSCAPE_UNROLL

#endif
