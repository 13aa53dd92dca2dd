#pragma once

#include <string>
#include <vector>

namespace lrscape {

/// The indices of the GPUs that a BackendOptions::device names, where there are `there` of them: none for
/// the CPU. Throws InputError for an unknown device, DeviceError for one that is not there.
std::vector<int> gpus_named(const std::string& device, std::size_t there);

}  // namespace lrscape
