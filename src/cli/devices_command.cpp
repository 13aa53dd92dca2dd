#include <fmt/format.h>

#include "cli/commands.hpp"
#include "lrscape/device.hpp"

namespace lrscape::cli {

Action add_devices_command(CLI::App& application, const std::string& /*command_line*/) {
  application.add_subcommand("devices", "List what sweeps can run on");
  return [] {
    for (const DeviceInfo& device : devices()) {
      fmt::print("{:<8} {}{}\n", device.name, device.description,
                 device.driver.empty() ? "" : ", " + device.driver);
      if (!device.limits.empty()) fmt::print("{:<8} {}\n", "", device.limits);
    }
    if (!built_with_cuda())
      fmt::print("(built without CUDA: scripts/build --cuda builds with it)\n");
  };
}

}  // namespace lrscape::cli
