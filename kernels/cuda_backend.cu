#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "cuda_backend.cuh"

namespace lrscape::cuda {
namespace {

/// 80 for sm_80. GPUs newer than all architectures of the build run its PTX, which the driver
/// translates.
constexpr int oldest_architecture = [] {
  constexpr int built_for[] = {__CUDA_ARCH_LIST__};  // 800 for sm_80.
  return *std::min_element(std::begin(built_for), std::end(built_for)) / 10;
}();

int architecture_of(const cudaDeviceProp& properties) {
  return 10 * properties.major + properties.minor;
}

/// A GPU as the driver reports it: its properties, or the reason why they cannot be read.
struct KnownGpu {
  cudaDeviceProp properties = {};
  std::string failure = {};

  /// Also true for a GPU that does not answer: using it reports the failure, so that it is not
  /// dropped silently.
  bool usable() const {
    return !failure.empty() || architecture_of(properties) >= oldest_architecture;
  }
};

std::vector<KnownGpu> ask_for_all() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess) {
    cudaGetLastError();  // A missing driver is not an error: there are no devices.
    return {};
  }
  std::vector<KnownGpu> all(static_cast<std::size_t>(count));
  for (int index = 0; index < count; ++index) {
    KnownGpu& gpu = all[static_cast<std::size_t>(index)];
    try {
      check(cudaGetDeviceProperties(&gpu.properties, index), "its properties", "cannot be read");
    } catch (const DeviceError& error) {
      gpu.failure = error.what();
    }
  }
  return all;
}

/// All GPUs in the order of their CUDA indices. Queried only once, because queries take time and
/// fail after a kernel fault.
const std::vector<KnownGpu>& all_gpus() {
  static const std::vector<KnownGpu> all = ask_for_all();
  return all;
}

}  // namespace

std::string gpu_name(int index) {
  const std::string name = "cuda:" + std::to_string(index);
  const auto at = static_cast<std::size_t>(index);
  if (at >= all_gpus().size() || !all_gpus()[at].failure.empty()) return name;
  return std::string(all_gpus()[at].properties.name) + " (" + name + ")";
}

const cudaDeviceProp& gpu_properties(int index) {
  const KnownGpu& gpu = all_gpus().at(static_cast<std::size_t>(index));
  if (!gpu.failure.empty()) throw DeviceError(gpu_name(index) + ": " + gpu.failure);
  return gpu.properties;
}

std::string driver_and_runtime() {
  int driver = 0;
  int runtime = 0;
  check(cudaDriverGetVersion(&driver), "the version of the CUDA driver", "cannot be read");
  check(cudaRuntimeGetVersion(&runtime), "the version of the CUDA runtime", "cannot be read");
  const auto version = [](int number) {
    return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
  };
  return "CUDA driver " + version(driver) + ", runtime " + version(runtime);
}

namespace {

std::vector<int> usable_gpus() {
  std::vector<int> usable;
  for (std::size_t index = 0; index < all_gpus().size(); ++index)
    if (all_gpus()[index].usable()) usable.push_back(static_cast<int>(index));
  return usable;
}

std::vector<DeviceInfo> devices() {
  std::vector<DeviceInfo> all;
  for (const auto& [properties, failure] : all_gpus()) {
    const std::string name = "cuda:" + std::to_string(all.size());
    if (!failure.empty()) {
      all.push_back({name, "a GPU that does not answer", driver_and_runtime(), failure});
      continue;
    }
    const int architecture = architecture_of(properties);
    all.push_back({name,
                   std::string(properties.name) + ", sm_" + std::to_string(architecture) + ", " +
                       std::to_string(properties.multiProcessorCount) + " multiprocessors, " +
                       std::to_string(properties.totalGlobalMem >> 30) + " GiB",
                   driver_and_runtime(),
                   architecture < oldest_architecture
                       ? "not used: this build's code is for sm_" +
                             std::to_string(oldest_architecture) + " and newer"
                       : "fp32: " + tier_limits<float>(properties.sharedMemPerBlockOptin),
                   architecture >= oldest_architecture});
  }
  return all;
}

}  // namespace

std::unique_ptr<Backend> make_backend(const PreparedSweep& prepared, int index,
                                      const DeviceOptions& options) {
  if (prepared.sweep().precision == Precision::fp64)
    return make_fp64_backend(prepared, index, options);
  return make_fp32_backend(prepared, index, options);
}

const BackendKind kind = {"cuda",       true,        devices,          usable_gpus,
                          make_backend, make_bounds, measured_fma_peak};

}  // namespace lrscape::cuda
