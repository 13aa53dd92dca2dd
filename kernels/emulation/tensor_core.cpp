#include <cmath>
#include <cstddef>

#include "emulation/cuda_emulation.hpp"
#include "emulation/fiber.hpp"

namespace lrscape {

void multiply_tf32(float (&sum)[4], const float (&a)[4], const float (&b)[2]) {
  struct Operands {
    const float* a;
    const float* b;
  };
  static thread_local Operands operands[emulation::detail::most_threads];
  const std::size_t rank = threadIdx.x;
  const std::size_t lane = rank % emulation::detail::lanes_of_a_warp;
  const Operands* const warp = operands + (rank - lane);
  operands[rank] = {a, b};
  __syncwarp();
  // The fragments of mma.m16n8k8 in the PTX ISA: lane 4 g + t has a[2 j + i] of row g + 8 i, column
  // t + 4 j; b[j] of row t + 4 j, column g; and sum[2 i + k] of row g + 8 i, column 2 t + k.
  const std::size_t g = lane / 4;
  const std::size_t t = lane % 4;
  float result[4];
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t k = 0; k < 2; ++k) {
      double total = static_cast<double>(sum[2 * i + k]);
      for (std::size_t j = 0; j < 2; ++j)
        for (std::size_t column = 0; column < 4; ++column)
          total += static_cast<double>(high_part_of_tf32(warp[4 * g + column].a[2 * j + i])) *
                   static_cast<double>(high_part_of_tf32(warp[4 * (2 * t + k) + column].b[j]));
      const float nearest = static_cast<float>(total);
      const bool away = std::fabs(static_cast<double>(nearest)) > std::fabs(total);
      result[2 * i + k] = away ? std::nextafter(nearest, 0.0F) : nearest;
    }
  __syncwarp();
  for (std::size_t k = 0; k < 4; ++k) sum[k] = result[k];
}

}  // namespace lrscape
