#pragma once

// What a kernel source includes for the CUDA language: nvcc's own header, or, in a test that
// compiles kernels as plain C++, their emulation. Each puts its kernels into a namespace of its own,
// so that one program may hold both.
#ifdef __CUDACC__

#include <cuda_runtime.h>

#define LRSCAPE_KERNELS on_device
/// Keeps a loop with a long body from being unrolled: it halves the compiler's time and saves
/// registers.
#define LRSCAPE_KEEP_LOOP _Pragma("unroll 1")

namespace lrscape {

/// The block's dynamic shared memory.
__device__ inline unsigned char* dynamic_shared_memory() {
  extern __shared__ __align__(16) unsigned char memory[];
  return memory;
}

}  // namespace lrscape

#else

#include "emulation/cuda_emulation.hpp"

#define LRSCAPE_KERNELS emulated
#define LRSCAPE_KEEP_LOOP

#endif
