#pragma once

#include <cuda_runtime.h>
#include <thrust/system_error.h>

#include <string>

#include "lrscape/error.hpp"

namespace lrscape::cuda {

/// Throws DeviceError unless the call succeeded.
inline void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  throw DeviceError(std::string(what) + ": " + cudaGetErrorString(error));
}

/// Runs `work` on a device of that name. What the device's libraries throw becomes a DeviceError, but for
/// std::bad_alloc.
template <class Work>
auto with_device_errors(const std::string& name, const Work& work) {
  try {
    return work();
  } catch (const thrust::system_error& error) {
    throw DeviceError(name + " failed: " + error.what());
  }
}

}  // namespace lrscape::cuda
