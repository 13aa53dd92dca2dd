#pragma once

#include <string>
#include <vector>

namespace lrscape {

/// The indices of the GPUs that a DeviceOptions::device names, of those that can be used: none for the
/// CPU. Throws InputError for an unknown device, DeviceError for one that cannot be used.
std::vector<int> gpus_named(const std::string& device, const std::vector<int>& usable);

}  // namespace lrscape
