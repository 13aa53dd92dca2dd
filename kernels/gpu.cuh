#pragma once

#include <cuda_runtime.h>

#include <string>
#include <type_traits>
#include <utility>

#include "cuda_check.hpp"
#include "device_array.cuh"

namespace lrscape::cuda {

/// Starts a kernel on the current GPU. `name` is what messages call it: "the training kernel".
template <class... A>
void start(std::string_view name, void (*kernel)(A...), std::size_t blocks, int threads,
           std::size_t shared_bytes, const std::type_identity_t<A>&... arguments) {
  kernel<<<static_cast<unsigned>(blocks), static_cast<unsigned>(threads), shared_bytes>>>(
      arguments...);
  check(cudaGetLastError(), name, "could not be launched");
}

/// Waits for the kernels that were started. `name` is what messages call them.
inline void wait_for(std::string_view name) { check(cudaDeviceSynchronize(), name, "failed"); }

/// A GPU, as DeviceTraining uses it: the current one of the calling thread.
class Gpu {
 public:
  template <class T>
  using Array = DeviceArray<T>;

  /// `kernel` is what messages call what it runs.
  Gpu(const cudaDeviceProp& properties, std::string kernel)
      : properties_(properties), kernel_(std::move(kernel)) {}

  std::size_t most_shared_bytes() const { return properties_.sharedMemPerBlockOptin; }
  std::size_t multiprocessors() const {
    return static_cast<std::size_t>(properties_.multiProcessorCount);
  }

  template <class Kernel>
  std::size_t blocks_at_once(Kernel* kernel, int threads, std::size_t shared_bytes) const {
    allow(kernel, shared_bytes);
    int blocks = 0;
    check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, threads, shared_bytes),
          "the number of blocks at once", "is not known");
    return static_cast<std::size_t>(blocks) * multiprocessors();
  }

  /// Returns when the kernel has ended.
  template <class... A>
  void launch(void (*kernel)(A...), std::size_t blocks, int threads, std::size_t shared_bytes,
              const std::type_identity_t<A>&... arguments) const {
    allow(kernel, shared_bytes);
    start(kernel_, kernel, blocks, threads, shared_bytes, arguments...);
    wait_for(kernel_);
  }

 private:
  template <class Kernel>
  void allow(Kernel* kernel, std::size_t shared_bytes) const {
    check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                               static_cast<int>(shared_bytes)),
          kernel_, "cannot have " + std::to_string(shared_bytes) + " bytes of shared memory");
  }

  cudaDeviceProp properties_;
  std::string kernel_;
};

}  // namespace lrscape::cuda
