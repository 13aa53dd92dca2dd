#include "device/backend_kinds.hpp"
#include "lrscape/device.hpp"

namespace lrscape {

std::vector<DeviceInfo> devices() {
  std::vector<DeviceInfo> all;
  for (const BackendKind* kind : backend_kinds())
    for (DeviceInfo& device : kind->devices()) all.push_back(std::move(device));
  return all;
}

bool built_with_cuda() { return missing_kinds().empty(); }

}  // namespace lrscape
