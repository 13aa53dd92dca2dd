#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/bound/bound_sweep.hpp"
#include "lrscape/device.hpp"
#include "lrscape/sweep.hpp"

namespace lrscape {

/// A sweep of the default problem over side x side cells. All cells are far from divergence, so
/// that every run completes all its steps.
Sweep benchmark_sweep(std::string_view optimizer, std::size_t side, Precision precision);

/// Every horizon up to `steps` of eta_t = 1/sqrt(t).
BoundSweep benchmark_curve(std::int64_t steps);

/// `count` wsd schedules of 4,000 steps with different cooldowns, each evaluated at its last step.
BoundSweep benchmark_schedules(std::size_t count);

/// CPU options with 1, 2, 4, ... and all threads.
std::vector<DeviceOptions> benchmark_cpus(const std::string& simd);

/// Each usable GPU in `all` alone and, if there are several, all GPUs together.
std::vector<DeviceOptions> benchmark_gpus(std::span<const DeviceInfo> all);

/// A piece of work, and the times that one backend took to repeat it.
struct Timing {
  std::string work;
  std::string device;
  MathMode math = MathMode::reproducible;
  bool of_bounds = false;    ///< False for a sweep.
  double results = 0;        ///< runs or bounds
  double steps = 0;          ///< summed over all runs or schedules
  double multiply_adds = 0;  ///< of the two matrix products of every step and of the final losses;
                             ///< 0 for bounds, which spend their time on divisions
  std::optional<double> bytes_moved = {};  ///< See Backend::bytes_moved(). For bounds, the results.
  double fma_peak = 0;          ///< multiply-adds per second, measured alongside; 0 if unknown
  std::vector<double> seconds;  ///< of each repeat

  double median() const;
  double per_second() const { return results / median(); }
  double ns_per_step() const { return 1e9 * median() / steps; }
  std::optional<double> share_of_peak() const;
  std::optional<double> bytes_per_step() const;
};

/// The same sweep with fast math, or std::nullopt if fast math has no faster kernel for it: in fp64
/// and in Gram space.
std::optional<Sweep> with_fast_math(const Sweep& sweep);

/// Times every contender on the cells of seed 0 of every sweep and on every table of bounds. After
/// a warm-up, all cases run in turn, `repeats` times. The cells are repeated until they fill a GPU.
/// Bounds use at most one GPU, so they skip the contender that combines all GPUs. Sweeps with fast
/// math skip the CPU.
std::vector<Timing> benchmark(std::span<const Sweep> sweeps, std::span<const BoundSweep> bounds,
                              std::span<const DeviceOptions> contenders, int repeats);

}  // namespace lrscape
