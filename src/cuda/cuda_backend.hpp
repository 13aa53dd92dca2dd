#pragma once

#include <memory>
#include <vector>

#include "lrscape/backend.hpp"

/// The door to the CUDA code in kernels/. A build without nvcc has no_cuda.cpp behind it.
namespace lrscape::cuda {

/// The GPUs of this machine; none without a driver.
std::vector<DeviceInfo> devices();

/// The CUDA indices of those that this build has code for.
std::vector<int> usable_gpus();

/// On the GPU of that index. See lrscape::make_backend.
std::unique_ptr<Backend> make_backend(const PreparedSweep& prepared, int index,
                                      const DeviceOptions& options);

/// Multiply-adds a second that the GPU of that index does if it does nothing else.
double measured_fma_peak(int index, Precision precision);

}  // namespace lrscape::cuda
