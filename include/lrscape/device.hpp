#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lrscape {

/// Where a GPU keeps weights and states, best first. All give the same bits.
enum class Tier : std::uint8_t { registers, shared_memory, global_memory };

/// Which devices do the work, and how.
struct DeviceOptions {
  std::string device = "auto";  ///< auto, cpu, cuda (all GPUs) or cuda:INDEX
  int threads = 0;              ///< CPU threads; 0 takes every core this process may use.
  std::string simd;             ///< CPU instruction set by name; empty takes the best.
  bool keep_weights = false;    ///< Whether RunResults::weights is wanted.
  Tier tier = Tier::
      registers;  ///< On a GPU: the best tier allowed. A sweep that does not fit takes the next.
};

/// A device of this machine, for people.
struct DeviceInfo {
  std::string name;  ///< As DeviceOptions::device has it.
  std::string description;
  std::string driver;  ///< Version of driver and runtime; empty for the CPU.
  /// The largest state for each tier, or why the device is not used; empty for the CPU.
  std::string limits = {};
  bool usable = true;
};

/// What this machine has, the CPU first.
std::vector<DeviceInfo> devices();

/// Whether this build has CUDA code in it.
bool built_with_cuda();

}  // namespace lrscape
