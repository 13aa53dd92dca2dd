#include "cuda/cuda_backend.hpp"
#include "lrscape/error.hpp"

namespace lrscape {

bool built_with_cuda() { return false; }

namespace cuda {

std::vector<Device> devices() { return {}; }

std::unique_ptr<Backend> make_backend(const Sweep& /*sweep*/, int /*index*/,
                                      const BackendOptions& /*options*/) {
  throw DeviceError("this build has no CUDA code");
}

}  // namespace cuda
}  // namespace lrscape
