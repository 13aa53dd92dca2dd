#include "cpu/cpu_backend.hpp"
#include "cuda/cuda_backend.hpp"
#include "lrscape/backend.hpp"
#include "run/backend_group.hpp"

namespace lrscape {

std::unique_ptr<Backend> make_backend(const PreparedSweep& prepared, const DeviceOptions& options) {
  const std::vector<int> gpus = gpus_of(options.device);
  if (gpus.empty()) return cpu::make_backend(prepared, options);
  return make_group(gpus.size(),
                    [&](std::size_t k) { return cuda::make_backend(prepared, gpus[k], options); });
}

}  // namespace lrscape
