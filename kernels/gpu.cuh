#pragma once

#include <cuda_runtime.h>

#include <string>
#include <type_traits>
#include <utility>

#include "cuda_check.hpp"
#include "device_array.cuh"

namespace lrscape::cuda {

/// The current GPU of the calling thread, as DeviceTraining and MultipoleField use it. In tests an emulation takes its
/// place, tests/emulation/emulated_gpu.hpp, with the same members. The CPU has no part in it: its tiles are lanes of
/// registers, with neither memory to copy nor launches to wait for.
class Gpu {
 public:
  template <class T>
  using Array = DeviceArray<T>;

  /// `kernel` is what messages call what it runs: "the training kernel".
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

  /// Returns at once; what copies from the device waits, and wait() tells a failure by the kernel's name.
  template <class... A>
  void launch(void (*kernel)(A...), std::size_t blocks, int threads, std::size_t shared_bytes,
              const std::type_identity_t<A>&... arguments) const {
    allow(kernel, shared_bytes);
    kernel<<<static_cast<unsigned>(blocks), static_cast<unsigned>(threads), shared_bytes>>>(
        arguments...);
    check(cudaGetLastError(), kernel_, "could not be launched");
  }
  void wait() const { check(cudaDeviceSynchronize(), kernel_, "failed"); }

 private:
  /// What every kernel may have of shared memory without being allowed more.
  static constexpr std::size_t usual_shared_bytes = 48 * 1024;

  template <class Kernel>
  void allow(Kernel* kernel, std::size_t shared_bytes) const {
    if (shared_bytes <= usual_shared_bytes) return;
    check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                               static_cast<int>(shared_bytes)),
          kernel_, "cannot have " + std::to_string(shared_bytes) + " bytes of shared memory");
  }

  cudaDeviceProp properties_;
  std::string kernel_;
};

}  // namespace lrscape::cuda
