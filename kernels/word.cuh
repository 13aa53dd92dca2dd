#pragma once

#include "cuda_language.hpp"

namespace lrscape::LRSCAPE_KERNELS {

/// 16 bytes, read at once.
template <class Real>
struct alignas(16) Word {
  static constexpr int size = 16 / static_cast<int>(sizeof(Real));
  Real value[size];
};

template <class Real>
__device__ Word<Real> read_word(const Real* from) {
  return *reinterpret_cast<const Word<Real>*>(from);
}
template <class Real>
__device__ void write_word(Real* to, const Word<Real>& word) {
  *reinterpret_cast<Word<Real>*>(to) = word;
}

}  // namespace lrscape::LRSCAPE_KERNELS
