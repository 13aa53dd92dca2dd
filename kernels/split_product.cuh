#pragma once

#include "cuda_language.hpp"

// Matrix products on tensor cores, in TF32 (10 bits after the point) but as accurate as fp32. Each
// operand is split into a TF32 number and a remainder, and three of the four partial products are
// added (Markidis et al., "NVIDIA tensor core programmability, performance & precision", IPDPSW
// 2018).
namespace lrscape::LRSCAPE_KERNELS {

/// The values of a fragment, each split into a TF32 number and a remainder.
template <int Size>
struct Split {
  float high[Size];
  float low[Size];

  __device__ void set(int k, float value) {
    high[k] = high_part_of_tf32(value);
    low[k] = value - high[k];  // Exact.
  }
};

/// sum += a b for a warp's fragments of mma.m16n8k8: `a` is 16 x 8, `b` 8 x 8.
__device__ inline void add_product(float (&sum)[4], const Split<4>& a, const Split<2>& b) {
  multiply_tf32(sum, a.low, b.high);
  multiply_tf32(sum, a.high, b.low);
  multiply_tf32(sum, a.high, b.high);
}

}  // namespace lrscape::LRSCAPE_KERNELS
