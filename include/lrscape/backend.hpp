#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/prepared_sweep.hpp"
#include "lrscape/result.hpp"

namespace lrscape {

/// Runs of one optimizer and one seed: run k trains with learning_rate[k] and weight_decay[k].
struct RunGroup {
  std::size_t optimizer;  ///< Index into Sweep::optimizers.
  std::size_t seed;       ///< Counted from 0: the seed is Sweep::first_seed + seed.
  std::vector<double> learning_rate;
  std::vector<double> weight_decay;
};

/// Carries out the runs of one sweep. All backends give the same bits.
class Backend {
 public:
  virtual ~Backend() = default;

  /// The device and how it is used, for people: "CPU, 2 threads, avx2".
  virtual std::string description() const = 0;

  /// Versions of the device's driver and runtime; empty for the CPU.
  virtual std::string driver() const = 0;

  /// Roughly how many runs at once keep it busy.
  virtual std::size_t runs_to_fill() const = 0;

  /// Bytes this backend takes while it works, beside the prepared sweep.
  virtual std::size_t working_bytes() const = 0;

  /// Bytes that must cross for `units` between the main memory and the caches of a CPU, or between the
  /// multiprocessors of a GPU and its L2 cache or memory: what the layout of this backend does not
  /// keep closer, counted once each time it is passed over. Nothing where that is not known.
  virtual std::optional<double> bytes_moved(std::span<const RunGroup> /*units*/) const {
    return std::nullopt;
  }

  /// What has gone wrong so far without ending the work, for people: a line each, the oldest first.
  virtual std::vector<std::string> warnings() const { return {}; }

  /// The results of all units, in their order. Returns early, with an empty vector, once `stop`
  /// becomes true. Throws DeviceError if the device fails or its memory does not hold a single unit.
  virtual std::vector<RunResults> run(std::span<const RunGroup> units,
                                      const std::atomic<bool>& stop) = 0;
};

/// Where a GPU keeps weights and states, best first. All give the same bits.
enum class Tier { registers, shared_memory, global_memory };

struct DeviceOptions {
  std::string device = "auto";  ///< auto, cpu, cuda (all GPUs) or cuda:INDEX
  int threads = 0;              ///< CPU threads; 0 takes every core this process may use.
  std::string simd;             ///< CPU instruction set by name; empty takes the best.
  bool keep_weights = false;    ///< Whether RunResults::weights is wanted.
  Tier tier = Tier::registers;  ///< On a GPU: the best that may be taken if the sweep fits it.
};

/// A device that a sweep can run on.
struct DeviceInfo {
  std::string name;  ///< As DeviceOptions::device has it.
  std::string description;
  std::string driver;  ///< Version of driver and runtime; empty for the CPU.
  /// Where it keeps how large a state (see Tier), or why it is not used; empty for the CPU.
  std::string limits = {};
};

/// What this machine has, the CPU first.
std::vector<DeviceInfo> devices();

/// Whether this build has CUDA code in it.
bool built_with_cuda();

/// The CUDA indices that a DeviceOptions::device names: for auto and cuda all GPUs that this build has code
/// for, none for the CPU. Throws InputError for an unknown device, DeviceError for one that is not there.
std::vector<int> gpus_of(const std::string& device);

/// For what takes one GPU alone: the first of gpus_of(), nothing for the CPU, nor for auto unless the work
/// suits a GPU. Throws InputError for an unknown device, DeviceError for one that is not there.
std::optional<int> gpu_of(const std::string& device, bool suits_gpu);

/// `prepared` must outlive the backend. Throws InputError for an unknown device or instruction set,
/// DeviceError for a device that is not there or cannot be prepared. Of several GPUs, one that cannot be
/// prepared is left out, with a warning, and one that fails later leaves its runs to the others.
std::unique_ptr<Backend> make_backend(const PreparedSweep& prepared, const DeviceOptions& options);

}  // namespace lrscape
