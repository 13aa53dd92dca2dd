#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lrscape {

/// Where a GPU keeps weights and states, fastest first. With MathMode::reproducible, all tiers give
/// the same bits.
enum class Tier : std::uint8_t { registers, shared_memory, global_memory };

/// The devices to use, and how to use them.
struct DeviceOptions {
  std::string device = "auto";  ///< auto, cpu, cuda (all GPUs) or cuda:INDEX
  int threads = 0;              ///< CPU threads; 0 uses every core available to this process.
  std::string simd;             ///< CPU instruction set by name; empty chooses the best.
  Tier tier = Tier::registers;  ///< The best GPU tier allowed. A sweep that does not fit uses the
                                ///< next tier.
};

/// A device of this machine, described for display.
struct DeviceInfo {
  std::string name;  ///< As in DeviceOptions::device.
  std::string description;
  std::string driver;  ///< Version of driver and runtime; empty for the CPU.
  /// The largest number of features for each tier, or the reason why the device is not used; empty
  /// for the CPU.
  std::string limits = {};
  bool usable = true;
};

/// All devices of this machine, the CPU first.
std::vector<DeviceInfo> devices();

/// Whether this build contains CUDA code.
bool built_with_cuda();

}  // namespace lrscape
