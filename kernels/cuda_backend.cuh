#pragma once

#include <atomic>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cuda/cuda_backend.hpp"
#include "cuda_check.hpp"
#include "device_training.hpp"
#include "gpu.cuh"
#include "lrscape/error.hpp"

namespace lrscape::cuda {

/// Their versions, for people.
std::string driver_and_runtime();

template <class Real>
class CudaBackend final : public Backend {
 public:
  CudaBackend(const Sweep& sweep, int index, const BackendOptions& options)
      : sweep_(sweep), index_(use_device(index)), keep_weights_(options.keep_weights) {
    check(cudaGetDeviceProperties(&properties_, index), "the GPU cannot be asked");
    try {
      training_ = with_device_errors(name(), [&] {
        return std::make_unique<DeviceTraining<Real, Gpu>>(sweep, Gpu(properties_), options.tier,
                                                           keep_weights_);
      });
    } catch (const std::bad_alloc&) {
      throw DeviceError(name() + " has too little memory for the data");
    }
  }

  std::string description() const override { return name() + ", " + training_->description(); }

  std::string driver() const override { return driver_and_runtime(); }

  std::size_t runs_to_fill() const override { return training_->runs_to_fill(); }

  std::size_t working_bytes() const override { return training_->working_bytes(); }

  std::optional<double> bytes_moved(std::span<const WorkUnit> units) const override {
    return training_->bytes_moved(units);
  }

  std::vector<UnitResult> run(std::span<const WorkUnit> units,
                              const std::atomic<bool>& stop) override {
    use_device(index_);
    std::vector<UnitResult> results;
    for (const WorkUnit& unit : units)
      results.push_back(empty_result(sweep_, unit.learning_rate.size(), keep_weights_));
    for (std::size_t optimizer = 0; optimizer < sweep_.optimizers.size(); ++optimizer) {
      std::vector<std::size_t> chosen;
      for (std::size_t u = 0; u < units.size(); ++u)
        if (units[u].optimizer == optimizer) chosen.push_back(u);
      if (!chosen.empty()) train(units, chosen, results, stop);
    }
    if (stop) results.clear();
    return results;
  }

 private:
  std::string name() const {
    return std::string(properties_.name) + " (cuda:" + std::to_string(index_) + ")";
  }

  /// Trains the chosen units; if they do not fit into memory, one half after the other.
  void train(std::span<const WorkUnit> units, const std::vector<std::size_t>& chosen,
             std::span<UnitResult> results, const std::atomic<bool>& stop) {
    if (stop) return;
    try {
      with_device_errors(name(), [&] { training_->train(units, chosen, results); });
      return;
    } catch (const std::bad_alloc&) {
      cudaGetLastError();  // Out of memory does not stick, its code does.
      if (chosen.size() == 1)
        throw DeviceError(name() + " has too little memory for a chunk of " +
                          std::to_string(units[chosen.front()].learning_rate.size()) +
                          " runs; --device cpu, or a smaller --batch, needs less");
    }
    const auto half = chosen.begin() + static_cast<std::ptrdiff_t>(chosen.size() / 2);
    train(units, {chosen.begin(), half}, results, stop);
    train(units, {half, chosen.end()}, results, stop);
  }

  static int use_device(int index) {
    check(cudaSetDevice(index), "the GPU cannot be used");
    return index;
  }

  const Sweep& sweep_;
  int index_;
  bool keep_weights_;
  cudaDeviceProp properties_ = {};
  std::unique_ptr<DeviceTraining<Real, Gpu>> training_;
};

/// Each in a file of its own: their kernels take the compiler a while.
std::unique_ptr<Backend> make_fp32_backend(const Sweep& sweep, int index,
                                           const BackendOptions& options);
std::unique_ptr<Backend> make_fp64_backend(const Sweep& sweep, int index,
                                           const BackendOptions& options);

}  // namespace lrscape::cuda
