#pragma once

#include <cuda_runtime.h>

#include <string>

#include "lrscape/error.hpp"

namespace lrscape::cuda {

/// Throws DeviceError unless the call succeeded.
inline void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  throw DeviceError(std::string(what) + ": " + cudaGetErrorString(error));
}

}  // namespace lrscape::cuda
