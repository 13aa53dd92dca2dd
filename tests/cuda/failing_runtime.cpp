// A library for LD_PRELOAD that makes one call of the shared CUDA runtime fail.
//
//     LRSCAPE_FAULT=copy:3        fails the third call of this kind, counted from 1
//     LRSCAPE_FAULT_COUNTS=FILE   writes the number of calls, one line per kind: "copy 12"
#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string>
#include <type_traits>

namespace {

enum Kind { allocation, launch, kernel, copy, wait };

struct KindOfCall {
  const char* name;
  cudaError_t error;
  bool stays;  ///< Whether the GPU refuses every later call.
};
constexpr std::array<KindOfCall, 5> kinds = {{{"allocation", cudaErrorMemoryAllocation, false},
                                              {"launch", cudaErrorLaunchOutOfResources, false},
                                              {"kernel", cudaErrorIllegalAddress, true},
                                              {"copy", cudaErrorInvalidValue, false},
                                              {"wait", cudaErrorLaunchFailure, true}}};

/// Counts the calls of each kind, and writes the counts at the end of the program.
struct Counts {
  std::array<std::atomic<int>, kinds.size()> calls = {};

  ~Counts() {
    const char* const file = std::getenv("LRSCAPE_FAULT_COUNTS");
    if (file == nullptr) return;
    std::ofstream stream(file);
    for (std::size_t kind = 0; kind < kinds.size(); ++kind)
      stream << kinds[kind].name << ' ' << calls[kind] << '\n';
  }
} counts;

struct Gpu {
  std::atomic<cudaError_t> fault = cudaSuccess;  ///< The error that every later call returns.
  std::atomic<bool> is_told = false;             ///< Whether a call has returned the fault.
};
std::array<Gpu, 64> gpus;

thread_local cudaError_t last_error = cudaSuccess;

template <class... A>
auto next(cudaError_t (* /*function*/)(A...), const char* name) {
  return reinterpret_cast<cudaError_t (*)(A...)>(::dlsym(RTLD_NEXT, name));
}

Gpu& current_gpu() {
  // Looked up by name: a program with a statically linked runtime must still load this library.
  static const auto ask =
      reinterpret_cast<decltype(&cudaGetDevice)>(::dlsym(RTLD_NEXT, "cudaGetDevice"));
  int index = 0;
  ask(&index);
  return gpus[static_cast<std::size_t>(index)];
}

bool is_chosen(Kind kind) {
  const char* const fault = std::getenv("LRSCAPE_FAULT");
  const std::string call =
      std::string(kinds[kind].name) + ":" + std::to_string(++counts.calls[kind]);
  return fault != nullptr && fault == call;
}

/// The error that a call returns instead of reaching the runtime, or cudaSuccess.
cudaError_t error_of(Kind kind) {
  Gpu& gpu = current_gpu();
  if (gpu.fault == cudaSuccess && is_chosen(kind)) {
    if (!kinds[kind].stays) return last_error = kinds[kind].error;
    gpu.fault = kinds[kind].error;
  }
  if (gpu.fault != cudaSuccess) gpu.is_told = true;
  return gpu.fault;
}

template <class... A>
cudaError_t call(Kind kind, cudaError_t (*function)(A...), const char* name,
                 std::type_identity_t<A>... arguments) {
  if (const cudaError_t error = error_of(kind); error != cudaSuccess) return error;
  return next(function, name)(arguments...);
}

/// The launch of a kernel with a fault succeeds. The next call reports the fault.
template <class... A>
cudaError_t call_launch(cudaError_t (*function)(A...), const char* name,
                        std::type_identity_t<A>... arguments) {
  if (const cudaError_t error = error_of(launch); error != cudaSuccess) return error;
  if (is_chosen(kernel)) {
    current_gpu().fault = kinds[kernel].error;
    return cudaSuccess;
  }
  return next(function, name)(arguments...);
}

cudaError_t error_to_tell(bool forget) {
  const Gpu& gpu = current_gpu();
  if (gpu.is_told) return gpu.fault;
  const cudaError_t error = last_error;
  if (forget) last_error = cudaSuccess;
  return error;
}

}  // namespace

extern "C" {

cudaError_t cudaMalloc(void** p, std::size_t bytes) {
  return call(allocation, cudaMalloc, "cudaMalloc", p, bytes);
}

/// Frees the memory even after a fault. The real runtime still works, and some runtimes report
/// leaks at exit.
cudaError_t cudaFree(void* p) {
  const cudaError_t error = next(cudaFree, "cudaFree")(p);
  Gpu& gpu = current_gpu();
  if (gpu.fault != cudaSuccess) gpu.is_told = true;
  return gpu.fault != cudaSuccess ? gpu.fault.load() : error;
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  return call(copy, cudaMemcpy, "cudaMemcpy", to, from, bytes, kind);
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  return call(copy, cudaMemcpyAsync, "cudaMemcpyAsync", to, from, bytes, kind, stream);
}
cudaError_t cudaMemset(void* p, int value, std::size_t bytes) {
  return call(copy, cudaMemset, "cudaMemset", p, value, bytes);
}
cudaError_t cudaMemsetAsync(void* p, int value, std::size_t bytes, cudaStream_t stream) {
  return call(copy, cudaMemsetAsync, "cudaMemsetAsync", p, value, bytes, stream);
}

cudaError_t cudaDeviceSynchronize() {
  return call(wait, cudaDeviceSynchronize, "cudaDeviceSynchronize");
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return call(wait, cudaStreamSynchronize, "cudaStreamSynchronize", stream);
}

cudaError_t cudaLaunchKernel(const void* f, dim3 grid, dim3 block, void** arguments,
                             std::size_t shared, cudaStream_t stream) {
  return call_launch(cudaLaunchKernel, "cudaLaunchKernel", f, grid, block, arguments, shared,
                     stream);
}
cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* configuration, const void* f,
                                void** arguments) {
  return call_launch(cudaLaunchKernelExC, "cudaLaunchKernelExC", configuration, f, arguments);
}
#if CUDART_VERSION >= 13000
/// The function that <<<>>> calls.
cudaError_t __cudaLaunchKernel(cudaKernel_t f, dim3 grid, dim3 block, void** arguments,
                               std::size_t shared, cudaStream_t stream) {
  return call_launch(__cudaLaunchKernel, "__cudaLaunchKernel", f, grid, block, arguments, shared,
                     stream);
}
#endif

cudaError_t cudaGetLastError() {
  const cudaError_t error = error_to_tell(true);
  return error != cudaSuccess ? error : next(cudaGetLastError, "cudaGetLastError")();
}
cudaError_t cudaPeekAtLastError() {
  const cudaError_t error = error_to_tell(false);
  return error != cudaSuccess ? error : next(cudaPeekAtLastError, "cudaPeekAtLastError")();
}

}  // extern "C"
