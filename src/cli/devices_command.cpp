#include <fmt/format.h>

#include "cli/commands.hpp"
#include "lrscape/device.hpp"

namespace lrscape::cli {

Command devices_command(const std::string& /*command_line*/) {
  Command command("devices", "List the CPU and the GPUs that sweeps can run on");
  command.run = [] {
    for (const DeviceInfo& device : devices()) {
      fmt::print("{:<8} {}{}\n", device.name, device.description,
                 device.driver.empty() ? "" : ", " + device.driver);
      if (!device.limits.empty()) fmt::print("{:<8} {}\n", "", device.limits);
    }
    if (!built_with_cuda())
      fmt::print("(built without CUDA; scripts/build --cuda adds GPU support)\n");
  };
  return command;
}

}  // namespace lrscape::cli
