#include "lrscape/backend.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <fstream>

#include "cpu/cpu_backend.hpp"
#include "cpu/implementation.hpp"
#include "cuda/cuda_backend.hpp"
#include "lrscape/error.hpp"
#include "text.hpp"

namespace lrscape {
namespace {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name") && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "CPU";
}

[[noreturn]] void no_cuda(std::string_view device) {
  throw DeviceError(fmt::format(
      "{}: {}; --device cpu works everywhere", device,
      built_with_cuda() ? "no such GPU on this machine" : "this build has no CUDA code"));
}

}  // namespace

std::vector<Device> devices() {
  std::vector<std::string_view> names;
  for (const auto* code : cpu::implementations()) names.push_back(code->name);
  std::vector<Device> all = {
      {"cpu",
       fmt::format("{}, {} threads, {}", processor_name(), cpu_threads(), fmt::join(names, " ")),
       ""}};
  for (const Device& device : cuda::devices()) all.push_back(device);
  return all;
}

int cpu_threads() { return cpu::available_threads(); }

int threads_to_use(int wanted) {
  constexpr int most_threads = 1024;
  if (wanted < 0 || wanted > most_threads)
    throw InputError(fmt::format("threads must be from 1 to {}, or 0 for every core, not {}",
                                 most_threads, wanted));
  return wanted > 0 ? wanted : cpu_threads();
}

std::optional<int> gpu_of(const std::string& device, std::optional<int> automatic) {
  if (device == "cpu") return std::nullopt;
  if (device == "auto") return cuda::devices().empty() ? std::nullopt : automatic;
  int index = 0;
  const bool indexed = device.starts_with("cuda:");
  const char* const end = device.data() + device.size();
  const auto [stop, error] =
      indexed ? std::from_chars(device.data() + 5, end, index) : std::from_chars_result{end, {}};
  if ((device != "cuda" && !indexed) || error != std::errc() || stop != end || index < 0) {
    constexpr std::string_view allowed[] = {"auto", "cpu", "cuda"};
    throw InputError(fmt::format("unknown device '{}'{}; allowed: auto, cpu, cuda, cuda:INDEX",
                                 device, did_you_mean(device, allowed)));
  }
  if (static_cast<std::size_t>(index) >= cuda::devices().size()) no_cuda(device);
  return index;
}

std::unique_ptr<Backend> make_backend(const Sweep& sweep, const BackendOptions& options) {
  check(sweep);
  const auto gpu = gpu_of(options.device, 0);
  return gpu ? cuda::make_backend(sweep, *gpu, options) : cpu::make_backend(sweep, options);
}

}  // namespace lrscape
