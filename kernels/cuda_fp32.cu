#include "cuda_backend.cuh"

namespace lrscape::cuda {

std::unique_ptr<Backend> make_fp32_backend(const PreparedSweep& prepared, int index,
                                           const DeviceOptions& options) {
  return std::make_unique<CudaBackend<float>>(prepared, index, options);
}

}  // namespace lrscape::cuda
