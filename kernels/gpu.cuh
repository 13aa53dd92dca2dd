#pragma once

#include <thrust/copy.h>
#include <thrust/device_vector.h>

#include <vector>

#include "cuda_check.hpp"

namespace lrscape::cuda {

/// One GPU, as DeviceTraining uses it: the current device of the calling thread.
class Gpu {
 public:
  explicit Gpu(const cudaDeviceProp& properties) : properties_(properties) {}

  template <class T>
  class Array {
   public:
    explicit Array(const std::vector<T>& values) : values_(values) {}
    explicit Array(std::size_t size) : values_(size) {}

    const T* data() const { return thrust::raw_pointer_cast(values_.data()); }
    T* data() { return thrust::raw_pointer_cast(values_.data()); }
    std::size_t size() const { return values_.size(); }
    std::vector<T> host() const {
      std::vector<T> host(values_.size());
      thrust::copy(values_.begin(), values_.end(), host.begin());
      return host;
    }

   private:
    thrust::device_vector<T> values_;
  };

  std::size_t most_shared_bytes() const { return properties_.sharedMemPerBlockOptin; }
  std::size_t multiprocessors() const {
    return static_cast<std::size_t>(properties_.multiProcessorCount);
  }

  template <class Kernel>
  std::size_t blocks_at_once(Kernel* kernel, int threads, std::size_t shared_bytes) const {
    allow(kernel, shared_bytes);
    int blocks = 0;
    check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, threads, shared_bytes),
          "the GPU cannot be asked how much it holds");
    return static_cast<std::size_t>(blocks) * multiprocessors();
  }

  /// Returns when the kernel has ended.
  template <class... A>
  void launch(void (*kernel)(A...), std::size_t blocks, int threads, std::size_t shared_bytes,
              const std::type_identity_t<A>&... arguments) const {
    allow(kernel, shared_bytes);
    kernel<<<static_cast<unsigned>(blocks), threads, shared_bytes>>>(arguments...);
    check(cudaGetLastError(), "the training kernel could not be launched");
    check(cudaDeviceSynchronize(), "the training kernel failed");
  }

 private:
  template <class Kernel>
  static void allow(Kernel* kernel, std::size_t shared_bytes) {
    check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                               static_cast<int>(shared_bytes)),
          "the training kernel cannot have that much shared memory");
  }

  cudaDeviceProp properties_;
};

}  // namespace lrscape::cuda
