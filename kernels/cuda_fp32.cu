#include "cuda_backend.cuh"

namespace lrscape::cuda {

std::unique_ptr<Backend> make_fp32_backend(const Sweep& sweep, int index,
                                           const DeviceOptions& options) {
  return std::make_unique<CudaBackend<float>>(sweep, index, options);
}

}  // namespace lrscape::cuda
