#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/backend.hpp"

namespace lrscape {

/// The default problem over a square of side x side cells, all of them far from divergence, so that
/// every run does all its steps.
Sweep benchmark_sweep(std::string_view optimizer, std::size_t side, Precision precision);

/// How long one backend took for the same sweep.
struct Timing {
  std::string device;
  std::size_t runs = 0;
  double multiply_adds = 0;  ///< of the two matrix products of every step, and of the final losses
  std::int64_t steps = 0;    ///< of one run
  std::vector<double> seconds;  ///< of each repeat
  double fma_peak = 0;  ///< multiply-adds a second, measured on as many threads; 0 if unknown

  double median() const;
  double runs_per_second() const { return static_cast<double>(runs) / median(); }
  double ns_per_run_step() const {
    return 1e9 * median() / (static_cast<double>(runs) * static_cast<double>(steps));
  }
  double share_of_peak() const { return multiply_adds / median() / fma_peak; }
};

/// Runs the sweep's cells of seed 0 on each backend, in turn, `repeats` times after a warm-up.
std::vector<Timing> benchmark(const Sweep& sweep, std::span<const BackendOptions> contenders,
                              int repeats);

}  // namespace lrscape
