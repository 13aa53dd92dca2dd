#pragma once

/// Marks functions that CUDA kernels also call. The CUDA build does not compile if a mark is
/// missing.
#ifdef __CUDACC__
#define LRSCAPE_HOST_DEVICE __host__ __device__
/// Precedes a marked template whose type arguments may have device-only members.
#define LRSCAPE_CALLS_DEVICE_CODE _Pragma("nv_exec_check_disable")
/// Prevents the compiler from unrolling a loop with a long body. This halves the compile time and
/// saves registers.
#define LRSCAPE_KEEP_LOOP _Pragma("unroll 1")
#else
#define LRSCAPE_HOST_DEVICE
#define LRSCAPE_CALLS_DEVICE_CODE
#define LRSCAPE_KEEP_LOOP
#endif
