#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cuda/cuda.hpp"
#include "cuda_check.hpp"
#include "device_training.hpp"
#include "gpu.cuh"
#include "lrscape/error.hpp"

namespace lrscape::cuda {

/// The versions of the CUDA driver and runtime, as readable text.
std::string driver_and_runtime();

template <class Real>
class CudaBackend final : public Backend {
 public:
  CudaBackend(const PreparedSweep& prepared, int index, const DeviceOptions& options)
      : sweep_(prepared.sweep()), index_(index) {
    const Gpu gpu(gpu_properties(index), "the training kernel");
    try {
      training_ = on_gpu(index, [&] {
        return std::make_unique<DeviceTraining<Real, Gpu>>(prepared, gpu, options.tier);
      });
    } catch (const OutOfDeviceMemory& error) {
      throw DeviceError(std::string(error.what()) + " for the data");
    }
  }

  /// Makes this backend's GPU current before the memory is freed, because another GPU that has
  /// failed may be current.
  ~CudaBackend() override {
    if (cudaSetDevice(index_) != cudaSuccess)
      cudaGetLastError();  // Clears the error for the next launch.
  }

  std::string description() const override {
    return gpu_name(index_) + ", " + training_->description();
  }

  std::string driver() const override { return driver_and_runtime(); }

  std::size_t runs_to_fill() const override { return training_->runs_to_fill(); }

  std::size_t working_bytes() const override { return training_->working_bytes(); }

  std::optional<double> bytes_moved(std::span<const RunGroup> groups) const override {
    return training_->bytes_moved(groups);
  }

  std::vector<RunResults> train(std::span<const RunGroup> groups,
                                const std::atomic<bool>& stop) override {
    std::vector<RunResults> results;
    for (const RunGroup& group : groups)
      results.push_back(empty_results(sweep_, group.learning_rate.size()));
    std::map<std::size_t, std::vector<std::size_t>> by_configuration;
    for (std::size_t g = 0; g < groups.size(); ++g)
      by_configuration[groups[g].configuration].push_back(g);
    for (const auto& [configuration, chosen] : by_configuration)
      if (!train_chosen(groups, chosen, results, stop)) return {};
    return results;
  }

 private:
  /// Trains the chosen groups. If they do not fit into memory, trains one half after the other.
  /// Returns false if it was stopped before all groups were trained.
  bool train_chosen(std::span<const RunGroup> groups, const std::vector<std::size_t>& chosen,
                    std::span<RunResults> results, const std::atomic<bool>& stop) {
    if (stop) return false;
    try {
      on_gpu(index_, [&] { training_->train(groups, chosen, results); });
      return true;
    } catch (const OutOfDeviceMemory& error) {
      if (chosen.size() == 1)
        throw DeviceError(std::string(error.what()) + " for a single chunk of runs (" +
                              std::to_string(groups[chosen.front()].learning_rate.size()) + ")",
                          Remedy::cpu_memory);
    }
    const auto half = chosen.begin() + static_cast<std::ptrdiff_t>(chosen.size() / 2);
    return train_chosen(groups, {chosen.begin(), half}, results, stop) &&
           train_chosen(groups, {half, chosen.end()}, results, stop);
  }

  const Sweep& sweep_;
  int index_;
  std::unique_ptr<DeviceTraining<Real, Gpu>> training_;
};

/// Each is defined in its own file, because its kernels take long to compile.
std::unique_ptr<Backend> make_fp32_backend(const PreparedSweep& prepared, int index,
                                           const DeviceOptions& options);
std::unique_ptr<Backend> make_fp64_backend(const PreparedSweep& prepared, int index,
                                           const DeviceOptions& options);

}  // namespace lrscape::cuda
