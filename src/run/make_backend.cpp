#include "device/device_choice.hpp"
#include "lrscape/run.hpp"
#include "run/backend_group.hpp"

namespace lrscape {

std::unique_ptr<Backend> make_backend(const PreparedSweep& prepared, const DeviceOptions& options) {
  const std::vector<ChosenDevice> chosen = choose_devices(options.device);
  return make_group(chosen.size(), [&](std::size_t k) {
    return chosen[k].kind->backend(prepared, chosen[k].index, options);
  });
}

}  // namespace lrscape
