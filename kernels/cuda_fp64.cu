#include "cuda_backend.cuh"

namespace lrscape::cuda {

std::unique_ptr<Backend> make_fp64_backend(const PreparedSweep& prepared, int index,
                                           const DeviceOptions& options) {
  return std::make_unique<CudaBackend<double>>(prepared, index, options);
}

}  // namespace lrscape::cuda
