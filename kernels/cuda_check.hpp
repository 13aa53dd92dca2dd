#pragma once

#include <cuda_runtime.h>

#include <string>
#include <string_view>

#include "lrscape/error.hpp"

/// Converts errors of the CUDA runtime into errors of this library.
namespace lrscape::cuda {

/// A call of the CUDA runtime failed. The message does not name the GPU; on_gpu() adds the name.
class CudaError : public DeviceError {
 public:
  using DeviceError::DeviceError;
};

/// The memory of a GPU is too small for a request. A smaller request may fit.
class OutOfDeviceMemory : public DeviceError {
 public:
  using DeviceError::DeviceError;
};

/// Throws OutOfDeviceMemory or CudaError unless the call succeeded. `subject` names the part that
/// failed, `how` is the predicate: "the training kernel", "failed".
inline void check(cudaError_t error, std::string_view subject, std::string_view how) {
  if (error == cudaSuccess) return;
  // Clears the error code that the runtime keeps. Otherwise the check of the next launch would
  // report it.
  cudaGetLastError();
  if (error == cudaErrorMemoryAllocation) throw OutOfDeviceMemory("too little memory");
  std::string message(subject);
  message.append(" ").append(how).append(": ").append(cudaGetErrorString(error));
  throw CudaError(message);
}

/// "NVIDIA H100 80GB HBM3 (cuda:1)", or "cuda:1" if the driver does not report the GPU's
/// properties.
std::string gpu_name(int index);

/// Throws DeviceError if the GPU does not answer.
const cudaDeviceProp& gpu_properties(int index);

/// Runs `work` with GPU `index` as the current GPU of this thread. Adds the GPU's name to errors
/// and keeps the type OutOfDeviceMemory: "NVIDIA H100 (cuda:1) has too little memory".
template <class Work>
auto on_gpu(int index, const Work& work) {
  try {
    check(cudaSetDevice(index), "the GPU", "cannot be used");
    return work();
  } catch (const OutOfDeviceMemory&) {
    throw OutOfDeviceMemory(gpu_name(index) + " has too little memory");
  } catch (const CudaError& error) {
    throw DeviceError(gpu_name(index) + ": " + error.what());
  }
}

}  // namespace lrscape::cuda
