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

/// Independent chains of multiply-adds in spin(), which hide each other's latency. Twelve chains
/// and two operands fit into the sixteen registers of AVX2.
inline constexpr int spin_chains = 12;

/// The CPU code for one instruction set.
struct Implementation {
  std::string_view name;
  int fp32_lanes;  ///< lanes of a register
  int fp64_lanes;
  int fp32_runs;  ///< runs of a tile
  int fp64_runs;
  TileKernels<Optimizers> train;
  BoundKernels bound;
  decltype(&cpu::row_products<double>) row_products;  ///< panel: stride x fp64_runs
  /// Executes rounds x spin_chains vector multiply-adds in registers, to measure the peak rate of
  /// the processor. The return value depends on all of them.
  float (*spin_fp32)(long rounds);
  double (*spin_fp64)(long rounds);
};

extern const Implementation plain;
#ifdef LRSCAPE_X86_SIMD
extern const Implementation avx2;
extern const Implementation avx512;
#endif

/// The implementations that this machine can run, best first. `plain` runs anywhere and comes last.
std::span<const Implementation* const> implementations();

/// The implementation with this name, or the best one for an empty name. Throws InputError with the
/// allowed names.
const Implementation& implementation(std::string_view name);

/// "CPU, 2 threads, avx2"
std::string description(int threads, const Implementation& code);

}  // namespace lrscape::cpu
