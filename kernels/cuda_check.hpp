#pragma once

#include <cuda_runtime.h>

#include <string>
#include <string_view>

#include "lrscape/error.hpp"

/// From the errors of the CUDA runtime to those of this library.
namespace lrscape::cuda {

/// A call of the CUDA runtime has failed. The message does not say which GPU; on_gpu() adds its name.
class CudaError : public DeviceError {
 public:
  using DeviceError::DeviceError;
};

/// The memory of a GPU is too small for what was asked of it. Less at a time may fit.
class OutOfDeviceMemory : public DeviceError {
 public:
  using DeviceError::DeviceError;
};

/// Throws OutOfDeviceMemory or CudaError unless the call succeeded. `subject` is what failed, `how` a verb:
/// "the training kernel", "failed".
inline void check(cudaError_t error, std::string_view subject, std::string_view how) {
  if (error == cudaSuccess) return;
  // The runtime keeps the code of this error. Without this call the check of the next launch would find it.
  cudaGetLastError();
  if (error == cudaErrorMemoryAllocation) throw OutOfDeviceMemory("too little memory");
  std::string message(subject);
  message.append(" ").append(how).append(": ").append(cudaGetErrorString(error));
  throw CudaError(message);
}

/// "NVIDIA H100 80GB HBM3 (cuda:1)", or "cuda:1" where the driver does not tell more.
std::string gpu_name(int index);

/// Throws DeviceError for a GPU that does not answer.
const cudaDeviceProp& gpu_properties(int index);

/// Runs `work` with that GPU as the current one of this thread. Errors name it, and that its memory is too
/// small stays OutOfDeviceMemory: "NVIDIA H100 (cuda:1) has too little memory".
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
