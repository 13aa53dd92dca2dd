#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "cuda_check.hpp"

namespace lrscape::cuda {

/// Values in GPU memory. The same GPU must be current at construction and at every copy. Throws
/// OutOfDeviceMemory or CudaError.
template <class T>
class DeviceArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  DeviceArray() = default;
  /// Allocates values without initializing them.
  explicit DeviceArray(std::size_t size) : size_(size) {
    if (size == 0) return;
    void* memory = nullptr;
    check(cudaMalloc(&memory, size * sizeof(T)), "memory", "could not be allocated");
    values_ = static_cast<T*>(memory);
  }
  explicit DeviceArray(std::span<const T> values) : DeviceArray(values.size()) {
    copy(values_, values.data(), size_, cudaMemcpyHostToDevice, "could not be copied to the GPU");
  }
  static DeviceArray zeros(std::size_t size) {
    DeviceArray array(size);
    if (size > 0)
      check(cudaMemset(array.values_, 0, size * sizeof(T)), "memory", "could not be cleared");
    return array;
  }

  DeviceArray(DeviceArray&& other) noexcept
      : values_(std::exchange(other.values_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  DeviceArray& operator=(DeviceArray&& other) noexcept {
    std::swap(values_, other.values_);
    std::swap(size_, other.size_);
    return *this;
  }

  /// Never throws. After a kernel fault the runtime refuses every call for this GPU, including
  /// cudaFree, and this destructor may run while the exception for that fault propagates. In this
  /// case the memory is freed at the end of the process.
  ~DeviceArray() {
    if (cudaFree(values_) != cudaSuccess) cudaGetLastError();  // Clears it for the next launch.
  }

  T* data() { return values_; }
  const T* data() const { return values_; }
  std::size_t size() const { return size_; }

  /// Reads values.size() values, starting with the one at `first`.
  void read(std::span<T> values, std::size_t first = 0) const {
    copy(values.data(), values_ + first, values.size(), cudaMemcpyDeviceToHost,
         "could not be copied from the GPU");
  }
  std::vector<T> host() const {
    std::vector<T> values(size_);
    read(values);
    return values;
  }

 private:
  static void copy(T* to, const T* from, std::size_t count, cudaMemcpyKind kind,
                   std::string_view how) {
    if (count > 0) check(cudaMemcpy(to, from, count * sizeof(T), kind), "values", how);
  }

  T* values_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace lrscape::cuda
