#pragma once

#include "cuda_language.hpp"

// Products of matrices on tensor cores, in TF32 (10 bits after the point) but as accurate as fp32: an operand
// is split into a number of TF32 and a rest, and three of the four products are added (Markidis et al.,
// "NVIDIA tensor core programmability, performance & precision", IPDPSW 2018).
namespace lrscape::LRSCAPE_KERNELS {

/// The values of a fragment, each a number of TF32 and what is left of it.
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
