#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lrscape/result.hpp"

namespace lrscape {

/// Runs of one configuration and one seed: run k trains with learning_rate[k] and weight_decay[k].
struct RunGroup {
  std::size_t configuration;  ///< Index into PreparedSweep::configurations().
  std::size_t seed;           ///< Counted from 0: the seed is Sweep::first_seed + seed.
  std::vector<double> learning_rate;
  std::vector<double> weight_decay;
};

/// Carries out the runs of one sweep. All backends give the same bits, except with MathMode::fast.
class Backend {
 public:
  virtual ~Backend() = default;

  /// The device and how it is used, for display: "CPU, 2 threads, avx2".
  virtual std::string description() const = 0;

  /// Versions of the device's driver and runtime; empty for the CPU.
  virtual std::string driver() const = 0;

  /// About how many runs at a time keep the device busy.
  virtual std::size_t runs_to_fill() const = 0;

  /// Bytes that this backend allocates while it works, besides the prepared sweep and the results.
  virtual std::size_t working_bytes() const = 0;

  /// Bytes that training `groups` must move: between main memory and caches on a CPU, between
  /// multiprocessors and the L2 cache or memory on a GPU. Counts every pass over data that do not
  /// stay in registers, shared memory or caches. std::nullopt if unknown.
  virtual std::optional<double> bytes_moved(std::span<const RunGroup> /*groups*/) const {
    return std::nullopt;
  }

  /// The problems so far that did not end the work, for display: one line each, oldest first.
  virtual std::vector<std::string> warnings() const { return {}; }

  /// Returns the results of all groups, in their order, or an empty vector if `stop` became true
  /// before all groups were trained. Throws DeviceError if the device fails or its memory does not
  /// hold a single group.
  virtual std::vector<RunResults> train(std::span<const RunGroup> groups,
                                        const std::atomic<bool>& stop) = 0;
};

}  // namespace lrscape
