#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "emulation/cuda_emulation.hpp"

namespace lrscape::test {

/// Replaces cuda::Gpu by the emulation. Memory starts as NaN, so that reads of uninitialized values
/// and missing writes show up in the results.
class EmulatedGpu {
 public:
  EmulatedGpu(std::size_t most_shared_bytes, const emulation::Schedule& schedule)
      : most_shared_bytes_(most_shared_bytes), schedule_(schedule) {}

  template <class T>
  class Array {
   public:
    Array() = default;
    explicit Array(std::span<const T> values) : values_(values.begin(), values.end()) {}
    static Array zeros(std::size_t size) { return Array(std::vector<T>(size)); }
    explicit Array(std::size_t size) : values_(size) {
      if (size > 0) std::memset(static_cast<void*>(values_.data()), 0xFF, size * sizeof(T));
    }
    const T* data() const { return values_.data(); }
    T* data() { return values_.data(); }
    std::size_t size() const { return values_.size(); }
    std::vector<T> host() const { return values_; }
    void read(std::span<T> values) const {
      std::copy_n(values_.begin(), values.size(), values.begin());
    }

   private:
    std::vector<T> values_;
  };

  std::size_t most_shared_bytes() const { return most_shared_bytes_; }
  std::size_t multiprocessors() const { return 2; }
  template <class Kernel>
  std::size_t blocks_at_once(Kernel* /*kernel*/, int /*threads*/, std::size_t /*shared*/) const {
    return 3;
  }
  template <class... A>
  void launch(void (*kernel)(A...), std::size_t blocks, int threads, std::size_t shared_bytes,
              const std::type_identity_t<A>&... arguments) const {
    ASSERT_LE(shared_bytes, most_shared_bytes_);
    emulation::launch(
        dim3(static_cast<unsigned>(blocks)), dim3(static_cast<unsigned>(threads)), shared_bytes,
        [&] { kernel(arguments...); }, schedule_);
  }
  void wait() const {}
  std::int64_t scan(Array<std::int64_t>& counts) const {
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < counts.size(); ++k) sum += std::exchange(counts.data()[k], sum);
    return counts.data()[counts.size() - 1];
  }

 private:
  std::size_t most_shared_bytes_;
  emulation::Schedule schedule_;
};

inline constexpr std::size_t shared_bytes_of_h100 = 227 * 1024;

}  // namespace lrscape::test
