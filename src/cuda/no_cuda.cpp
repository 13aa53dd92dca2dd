#include "cuda/cuda_backend.hpp"
#include "cuda/cuda_bounds.hpp"
#include "lrscape/error.hpp"

namespace lrscape {

bool built_with_cuda() { return false; }

namespace cuda {

std::vector<DeviceInfo> devices() { return {}; }

std::vector<int> usable_gpus() { return {}; }

std::unique_ptr<Backend> make_backend(const PreparedSweep& /*prepared*/, int /*index*/,
                                      const DeviceOptions& /*options*/) {
  throw DeviceError("this build has no CUDA code");
}

double measured_fma_peak(int /*index*/, Precision /*precision*/) {
  throw DeviceError("this build has no CUDA code");
}

std::vector<bound::Sums<double>> walk_schedules(int /*device*/,
                                                std::span<const ScheduleChoice> /*schedules*/,
                                                std::int64_t /*steps*/,
                                                std::int64_t /*steps_per_epoch*/,
                                                std::span<const double> /*norms*/,
                                                std::span<const std::int64_t> /*horizons*/) {
  throw DeviceError("this build has no CUDA code");
}

bound::Curve curve(int /*device*/, std::span<const double> /*eta*/,
                   std::span<const double> /*norms*/, bound::Method /*method*/, int /*threads*/) {
  throw DeviceError("this build has no CUDA code");
}

}  // namespace cuda
}  // namespace lrscape
