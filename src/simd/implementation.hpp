#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lrscape/optimizer/list.hpp"
#include "simd/bound_kernels.hpp"
#include "simd/train_tile.hpp"

namespace lrscape::cpu {

/// The training loop of one optimizer, for one instruction set.
template <class Optimizer>
struct TileKernel {
  void (*fp32)(const TileArguments<Optimizer, float>&);
  void (*fp64)(const TileArguments<Optimizer, double>&);
};

template <class List>
struct TileKernels;
template <class... O>
struct TileKernels<TypeList<O...>> : TileKernel<O>... {};

/// Chains of multiply-adds in `spin`: independent ones hide the latency of each other; twelve and
/// two operands fit the sixteen registers of AVX2.
inline constexpr int spin_chains = 12;

/// The CPU code for one instruction set.
struct Implementation {
  std::string_view name;
  int fp32_lanes;  ///< of a register
  int fp64_lanes;
  int fp32_runs;  ///< of a tile
  int fp64_runs;
  TileKernels<Optimizers> train;
  BoundKernels bound;
  decltype(&cpu::row_products<double>) row_products;  ///< of fp64_runs rows at once
  /// Multiply-adds that stay in registers, `rounds` times spin_chains vectors of them, to learn
  /// what the processor can do. Returns a number that depends on them all.
  float (*spin_fp32)(long rounds);
  double (*spin_fp64)(long rounds);
};

extern const Implementation plain;
#ifdef LRSCAPE_X86_SIMD
extern const Implementation avx2;
extern const Implementation avx512;
#endif

/// What this machine can run, best first; plain, which runs anywhere, is last.
std::span<const Implementation* const> implementations();

/// The one of that name, or the best for an empty name. Throws InputError that lists what there is.
const Implementation& implementation(std::string_view name);

/// "CPU, 2 threads, avx2"
std::string description(int threads, const Implementation& code);

}  // namespace lrscape::cpu
