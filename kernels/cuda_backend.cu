#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "cuda_backend.cuh"

namespace lrscape {

bool built_with_cuda() { return true; }

namespace cuda {

namespace {

/// Of sm_80, 80. Newer GPUs than any named to the compiler run what it has made for the driver to translate.
constexpr int oldest_architecture = [] {
  constexpr int built_for[] = {__CUDA_ARCH_LIST__};  // Of sm_80, 800.
  return *std::min_element(std::begin(built_for), std::end(built_for)) / 10;
}();

int architecture_of(const cudaDeviceProp& properties) {
  return 10 * properties.major + properties.minor;
}

/// Of all GPUs, in the order of their CUDA indices.
std::vector<cudaDeviceProp> properties_of_all() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess) {
    cudaGetLastError();  // No driver is no error: there are no devices.
    return {};
  }
  std::vector<cudaDeviceProp> all(static_cast<std::size_t>(count));
  for (int index = 0; index < count; ++index)
    check(cudaGetDeviceProperties(&all[static_cast<std::size_t>(index)], index),
          "the GPU cannot be asked");
  return all;
}

}  // namespace

std::string driver_and_runtime() {
  int driver = 0;
  int runtime = 0;
  check(cudaDriverGetVersion(&driver), "the CUDA driver cannot be asked");
  check(cudaRuntimeGetVersion(&runtime), "the CUDA runtime cannot be asked");
  const auto version = [](int number) {
    return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
  };
  return "CUDA driver " + version(driver) + ", runtime " + version(runtime);
}

std::vector<int> usable_gpus() {
  std::vector<int> usable;
  int index = 0;
  for (const cudaDeviceProp& properties : properties_of_all()) {
    if (architecture_of(properties) >= oldest_architecture) usable.push_back(index);
    ++index;
  }
  return usable;
}

std::vector<Device> devices() {
  std::vector<Device> all;
  for (const cudaDeviceProp& properties : properties_of_all()) {
    const int architecture = architecture_of(properties);
    all.push_back({"cuda:" + std::to_string(all.size()),
                   std::string(properties.name) + ", sm_" + std::to_string(architecture) + ", " +
                       std::to_string(properties.multiProcessorCount) + " multiprocessors, " +
                       std::to_string(properties.totalGlobalMem >> 30) + " GiB",
                   driver_and_runtime(),
                   architecture < oldest_architecture
                       ? "not used: this build's code is for sm_" +
                             std::to_string(oldest_architecture) + " and newer"
                       : "fp32: " + tier_limits<float>(properties.sharedMemPerBlockOptin)});
  }
  return all;
}

std::unique_ptr<Backend> make_backend(const Sweep& sweep, int index,
                                      const BackendOptions& options) {
  if (sweep.precision == Precision::fp64) return make_fp64_backend(sweep, index, options);
  return make_fp32_backend(sweep, index, options);
}

}  // namespace cuda
}  // namespace lrscape
