#pragma once

/// Marks what a CUDA kernel calls too. A missing one is a compile error in the CUDA build.
#ifdef __CUDACC__
#define LRSCAPE_HOST_DEVICE __host__ __device__
/// Before a template that is marked so: its arguments may have members for the device alone.
#define LRSCAPE_CALLS_DEVICE_CODE _Pragma("nv_exec_check_disable")
/// Keeps a loop with a long body from being unrolled: it halves the compiler's time and saves
/// registers.
#define LRSCAPE_KEEP_LOOP _Pragma("unroll 1")
#else
#define LRSCAPE_HOST_DEVICE
#define LRSCAPE_CALLS_DEVICE_CODE
#define LRSCAPE_KEEP_LOOP
#endif
