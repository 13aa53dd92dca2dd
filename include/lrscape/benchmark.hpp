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

/// The default problem over a square of side x side cells, all of them far from divergence, so that
/// every run does all its steps.
Sweep benchmark_sweep(std::string_view optimizer, std::size_t side, Precision precision);

/// Every horizon of 1/sqrt(t).
BoundSweep benchmark_curve(std::int64_t steps);

/// WSD schedules of 4,000 steps that differ in their cooldowns, each at its end.
BoundSweep benchmark_schedules(std::size_t count);

/// 1, 2, 4, ... threads and all cores.
std::vector<DeviceOptions> benchmark_cpus(const std::string& simd);

/// Each usable GPU of these devices alone and, if there are several, all together.
std::vector<DeviceOptions> benchmark_gpus(std::span<const DeviceInfo> all);

/// How long one backend took for the same work, and what that was.
struct Timing {
  std::string work;
  std::string device;
  MathMode math = MathMode::reproducible;
  bool of_bounds = false;    ///< Else of a sweep.
  double results = 0;        ///< runs or bounds
  double steps = 0;          ///< of all runs or schedules together
  double multiply_adds = 0;  ///< of the two matrix products of every step, and of the final losses;
                             ///< 0 for bounds, whose time goes into divisions
  std::optional<double> bytes_moved = {};  ///< See Backend::bytes_moved. Of bounds: their results.
  double fma_peak = 0;          ///< multiply-adds a second, measured alongside; 0 if unknown
  std::vector<double> seconds;  ///< of each repeat

  double median() const;
  double per_second() const { return results / median(); }
  double ns_per_step() const { return 1e9 * median() / steps; }
  std::optional<double> share_of_peak() const;
  std::optional<double> bytes_per_step() const;
};

/// The sweep once more with fast math, if a GPU has a faster way for it then.
std::optional<Sweep> with_fast_math(const Sweep& sweep);

/// Runs the cells of seed 0 of every sweep, and evaluates every table of bounds, on each backend, all
/// of them in turn, `repeats` times after a warm-up. A GPU is given the cells again and again until they
/// fill it. Bounds take one GPU at most: they leave out all GPUs together. Fast math leaves out the CPU.
std::vector<Timing> benchmark(std::span<const Sweep> sweeps, std::span<const BoundSweep> bounds,
                              std::span<const DeviceOptions> contenders, int repeats);

}  // namespace lrscape
