#pragma once

#include <cuda_runtime.h>

#include <string>
#include <type_traits>
#include <utility>

#include "cuda_check.hpp"
#include "device_array.cuh"

namespace lrscape::cuda {

/// The current GPU of the calling thread, as used by DeviceTraining and MultipoleField. Tests
/// replace it with the emulation of tests/emulation/emulated_gpu.hpp, which has the same members.
/// The CPU backend needs no such class: its tiles are SIMD lanes, with no memory to copy and no
/// launches to wait for.
class Gpu {
 public:
  template <class T>
  using Array = DeviceArray<T>;

  /// `kernel` is the name of the kernel in error messages: "the training kernel".
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

  /// Returns at once. Copies from the device wait for the kernel; wait() reports a failure under
  /// the kernel's name.
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
  /// Shared memory per block that a kernel can use without cudaFuncSetAttribute().
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
