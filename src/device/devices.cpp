#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>

#include "base/threads.hpp"
#include "cuda/cuda_backend.hpp"
#include "device/device_choice.hpp"
#include "lrscape/backend.hpp"
#include "lrscape/error.hpp"
#include "simd/implementation.hpp"

namespace lrscape {
namespace {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name") && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "CPU";
}

}  // namespace

std::vector<DeviceInfo> devices() {
  std::vector<std::string_view> names;
  for (const auto* code : cpu::implementations()) names.push_back(code->name);
  std::vector<DeviceInfo> all = {
      {"cpu",
       fmt::format("{}, {} threads, {}", processor_name(), cpu_threads(), fmt::join(names, " ")),
       ""}};
  for (const DeviceInfo& device : cuda::devices()) all.push_back(device);
  return all;
}

std::vector<int> gpus_of(const std::string& device) {
  if (device == "cpu") return {};  // A driver would take its time to start.
  return gpus_named(device, cuda::usable_gpus());
}

std::optional<int> gpu_of(const std::string& device, bool suits_gpu) {
  const std::vector<int> gpus = gpus_of(device);
  if (gpus.empty() || (device == "auto" && !suits_gpu)) return std::nullopt;
  return gpus.front();
}

}  // namespace lrscape
