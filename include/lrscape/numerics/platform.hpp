#pragma once

/// Marks what a CUDA kernel calls too. A missing one is a compile error in the CUDA build.
#ifdef __CUDACC__
#define LRSCAPE_HOST_DEVICE __host__ __device__
#else
#define LRSCAPE_HOST_DEVICE
#endif
