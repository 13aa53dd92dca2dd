#pragma once

// What a kernel source includes for the CUDA language: nvcc's own header, or, in a test that
// compiles kernels as plain C++, their emulation. Each puts its kernels into a namespace of its own,
// so that one program may hold both.
#ifdef __CUDACC__

#include <cuda_pipeline_primitives.h>
#include <cuda_runtime.h>

#define LRSCAPE_KERNELS on_device
/// Keeps a loop with a long body from being unrolled: it halves the compiler's time and saves
/// registers.
#define LRSCAPE_KEEP_LOOP _Pragma("unroll 1")
#define LRSCAPE_UNROLL_TWICE _Pragma("unroll 2")
/// Arrays that are indexed by the counters of such loops alone stay in registers.
#define LRSCAPE_UNROLL _Pragma("unroll")

namespace lrscape {

/// The block's dynamic shared memory.
__device__ inline unsigned char* dynamic_shared_memory() {
  extern __shared__ __align__(16) unsigned char memory[];
  return memory;
}

/// threadIdx.x, read anew at every call: what follows from it is not kept in registers meanwhile.
__device__ inline int thread_of_block() {
  int thread;
  asm volatile("mov.u32 %0, %%tid.x;" : "=r"(thread));
  return thread;
}

/// Has the compiler read from memory again what it could keep in registers.
__device__ inline void forget_what_was_read() { asm volatile("" ::: "memory"); }

}  // namespace lrscape

#else

#include "emulation/cuda_emulation.hpp"

#define LRSCAPE_KERNELS emulated
#define LRSCAPE_KEEP_LOOP
#define LRSCAPE_UNROLL_TWICE
#define LRSCAPE_UNROLL

namespace lrscape {

inline int thread_of_block() { return static_cast<int>(threadIdx.x); }
inline void forget_what_was_read() {}

}  // namespace lrscape

#endif
