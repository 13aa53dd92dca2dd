#include <string>

#include "cuda_backend.cuh"

namespace lrscape {

bool built_with_cuda() { return true; }

namespace cuda {

std::vector<Device> devices() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess) {
    cudaGetLastError();  // No driver is no error: there are no devices.
    return {};
  }
  int driver = 0;
  int runtime = 0;
  check(cudaDriverGetVersion(&driver), "the CUDA driver cannot be asked");
  check(cudaRuntimeGetVersion(&runtime), "the CUDA runtime cannot be asked");
  const auto version = [](int number) {
    return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
  };
  std::vector<Device> all;
  for (int index = 0; index < count; ++index) {
    cudaDeviceProp properties = {};
    check(cudaGetDeviceProperties(&properties, index), "the GPU cannot be asked");
    all.push_back({"cuda:" + std::to_string(index),
                   std::string(properties.name) + ", sm_" + std::to_string(properties.major) +
                       std::to_string(properties.minor) + ", " +
                       std::to_string(properties.multiProcessorCount) + " multiprocessors, " +
                       std::to_string(properties.totalGlobalMem >> 30) + " GiB",
                   "CUDA driver " + version(driver) + ", runtime " + version(runtime),
                   tier_limits<float>(properties.sharedMemPerBlockOptin)});
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
