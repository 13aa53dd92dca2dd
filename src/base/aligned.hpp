#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace lrscape {

/// A cache line, which is also the widest SIMD register.
inline constexpr std::align_val_t cache_line{64};

struct AlignedDelete {
  void operator()(void* memory) const { ::operator delete(memory, cache_line); }
};

/// Numbers from the start of a cache line on.
template <class Number>
using AlignedArray = std::unique_ptr<Number[], AlignedDelete>;

/// Allocates `count` uninitialized numbers.
template <class Number>
AlignedArray<Number> aligned_array(std::size_t count) {
  return AlignedArray<Number>(
      static_cast<Number*>(::operator new(count * sizeof(Number), cache_line)));
}

}  // namespace lrscape
