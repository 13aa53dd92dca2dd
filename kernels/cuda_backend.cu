#include <thrust/copy.h>
#include <thrust/device_vector.h>
#include <thrust/system_error.h>

#include <functional>
#include <new>
#include <string>

#include "cuda/cuda_backend.hpp"
#include "cuda_check.hpp"
#include "launch_plan.hpp"
#include "lrscape/error.hpp"
#include "lrscape/optimizer/list.hpp"
#include "sweep/packed_sweep.hpp"
#include "train_kernel.cuh"

namespace lrscape {

bool built_with_cuda() { return true; }

namespace cuda {
namespace {

template <class T>
const T* pointer(const thrust::device_vector<T>& values) {
  return thrust::raw_pointer_cast(values.data());
}
template <class T>
T* pointer(thrust::device_vector<T>& values) {
  return thrust::raw_pointer_cast(values.data());
}

/// The sweep in device memory.
template <class Real>
struct DeviceSweep {
  explicit DeviceSweep(const PackedSweep<Real>& packed)
      : train_features(packed.train_features),
        train_targets(packed.train_targets),
        validation_features(packed.validation_features),
        validation_targets(packed.validation_targets) {
    view = packed.view();
    view.train.features = pointer(train_features);
    view.train.targets = pointer(train_targets);
    view.validation.features = pointer(validation_features);
    view.validation.targets = pointer(validation_targets);
    std::vector<std::int32_t> orders;
    for (const auto& order : packed.row_orders)
      orders.insert(orders.end(), order.begin(), order.end());
    row_orders = orders;
  }

  thrust::device_vector<Real> train_features, train_targets, validation_features,
      validation_targets;
  thrust::device_vector<std::int32_t> row_orders;
  TrainingView<Real> view;
};

template <class Real>
std::size_t bytes_per_thread(const TrainingView<Real>& view, int state_slots) {
  const std::size_t records = view.record_epochs ? static_cast<std::size_t>(view.epochs) : 1;
  const std::size_t values = static_cast<std::size_t>(view.stride) * (1 + state_slots) +
                             static_cast<std::size_t>(view.batch_size) + 2 * records + 3;
  return values * sizeof(Real) + sizeof(std::int32_t);
}

/// Trains the runs of one plan, and takes their results apart.
template <class Optimizer, class Real>
void launch(const DeviceSweep<Real>& data, const Sweep& sweep,
            const thrust::device_vector<typename Optimizer::template Step<Real>>& steps,
            const LaunchPlan<Real>& plan, bool keep_weights, std::span<UnitResult> results) {
  const TrainingView<Real>& view = data.view;
  const std::size_t threads = plan.threads();
  const std::size_t records = view.record_epochs ? static_cast<std::size_t>(view.epochs) : 1;
  const std::size_t stride = static_cast<std::size_t>(view.stride);

  const thrust::device_vector<std::int32_t> block_seed(plan.block_seed);
  const thrust::device_vector<Real> learning_rate(plan.learning_rate);
  const thrust::device_vector<Real> weight_decay(plan.weight_decay);
  const thrust::device_vector<Real> decay_rate(plan.decay_rate);
  thrust::device_vector<Real> weights(stride * threads);
  thrust::device_vector<Real> states(stride * threads * Optimizer::state_slots);
  thrust::device_vector<Real> derivative(static_cast<std::size_t>(view.batch_size) * threads);
  thrust::device_vector<Real> validation_loss(records * threads);
  thrust::device_vector<Real> train_loss(view.train_loss ? records * threads : 0);
  thrust::device_vector<std::int32_t> diverged_at(threads);

  const on_device::LaunchArguments<Optimizer, Real> arguments = {
      view,
      pointer(steps),
      pointer(data.row_orders),
      pointer(block_seed),
      {pointer(learning_rate), pointer(weight_decay), pointer(decay_rate)},
      pointer(weights),
      pointer(states),
      pointer(derivative),
      pointer(validation_loss),
      pointer(train_loss),
      pointer(diverged_at)};
  on_device::train<Optimizer, Real>
      <<<static_cast<unsigned>(plan.block_seed.size()), on_device::block_threads,
         on_device::staged_values * sizeof(Real)>>>(arguments);
  check(cudaGetLastError(), "the training kernel could not be launched");
  check(cudaDeviceSynchronize(), "the training kernel failed");

  const auto to_host = [](const auto& values) {
    using Value = typename std::decay_t<decltype(values)>::value_type;
    std::vector<Value> host(values.size());
    thrust::copy(values.begin(), values.end(), host.begin());
    return host;
  };
  const auto host_validation = to_host(validation_loss);
  const auto host_train = to_host(train_loss);
  const auto host_diverged = to_host(diverged_at);
  const auto host_weights = keep_weights ? to_host(weights) : std::vector<Real>();
  collect<Real>(plan, sweep, host_validation.data(), view.train_loss ? host_train.data() : nullptr,
                host_diverged.data(), keep_weights ? host_weights.data() : nullptr, results);
}

template <class Real>
class CudaBackend final : public Backend {
 public:
  CudaBackend(const Sweep& sweep, int index, const BackendOptions& options)
      : sweep_(sweep), index_(use_device(index)), keep_weights_(options.keep_weights) {
    check(cudaGetDeviceProperties(&properties_, index), "the GPU cannot be asked");
    try {
      data_ = std::make_unique<DeviceSweep<Real>>(PackedSweep<Real>(sweep));
    } catch (const std::bad_alloc&) {
      throw DeviceError(name() + " has too little memory for the data");
    }
    const auto eta = evaluate(sweep.schedule, sweep.steps(), sweep.steps_per_epoch());
    for (const Choice& choice : sweep.optimizers)
      Optimizers::with_name(choice.name, [&]<class O>() {
        const thrust::device_vector<typename O::template Step<Real>> steps(
            optimizer_steps<O, Real>(choice, eta));
        state_slots_ = std::max(state_slots_, O::state_slots);
        launchers_.push_back([this, steps](const LaunchPlan<Real>& plan, std::span<UnitResult> to) {
          launch<O, Real>(*data_, sweep_, steps, plan, keep_weights_, to);
        });
      });
  }

  std::string description() const override {
    return name() + ", one thread a run, " + std::to_string(on_device::block_threads) +
           " runs a block";
  }

  std::string driver() const override {
    return devices().at(static_cast<std::size_t>(index_)).driver;
  }

  std::size_t runs_to_fill() const override {
    const std::size_t wanted =
        static_cast<std::size_t>(properties_.multiProcessorCount) * on_device::block_threads * 8;
    return std::max<std::size_t>(on_device::block_threads, std::min(wanted, runs_that_fit()));
  }

  std::size_t working_bytes() const override {
    return runs_to_fill() * bytes_per_thread(data_->view, state_slots_);
  }

  std::vector<UnitResult> run(std::span<const WorkUnit> units,
                              const std::atomic<bool>& stop) override {
    use_device(index_);
    std::vector<UnitResult> results;
    for (const WorkUnit& unit : units)
      results.push_back(empty_result(sweep_, unit.learning_rate.size(), keep_weights_));
    for (std::size_t optimizer = 0; optimizer < launchers_.size(); ++optimizer) {
      std::vector<std::size_t> chosen;
      for (std::size_t u = 0; u < units.size(); ++u)
        if (units[u].optimizer == optimizer) chosen.push_back(u);
      if (!chosen.empty()) run_units(units, chosen, optimizer, results, stop);
    }
    if (stop) results.clear();
    return results;
  }

 private:
  std::string name() const {
    return std::string(properties_.name) + " (cuda:" + std::to_string(index_) + ")";
  }

  std::size_t runs_that_fit() const {
    std::size_t free = 0;
    std::size_t total = 0;
    check(cudaMemGetInfo(&free, &total), "the GPU's memory cannot be asked for");
    return free / 10 * 9 / bytes_per_thread(data_->view, state_slots_);
  }

  /// Launches the chosen units; if they do not fit into memory, one half after the other.
  void run_units(std::span<const WorkUnit> units, const std::vector<std::size_t>& chosen,
                 std::size_t optimizer, std::span<UnitResult> results,
                 const std::atomic<bool>& stop) {
    if (stop) return;
    const auto plan = plan_launch<Real>(units, chosen, on_device::block_threads);
    try {
      launchers_[optimizer](plan, results);
      return;
    } catch (const std::bad_alloc&) {
      cudaGetLastError();  // Out of memory does not stick, its code does.
      if (chosen.size() == 1)
        throw DeviceError(name() + " has too little memory for a chunk of " +
                          std::to_string(plan.threads()) +
                          " runs; --device cpu, or a smaller --batch, needs less");
    }
    const auto half = chosen.begin() + static_cast<std::ptrdiff_t>(chosen.size() / 2);
    run_units(units, {chosen.begin(), half}, optimizer, results, stop);
    run_units(units, {half, chosen.end()}, optimizer, results, stop);
  }

  static int use_device(int index) {
    check(cudaSetDevice(index), "the GPU cannot be used");
    return index;
  }

  const Sweep& sweep_;
  int index_;
  bool keep_weights_;
  int state_slots_ = 0;
  cudaDeviceProp properties_ = {};
  std::unique_ptr<DeviceSweep<Real>> data_;
  /// For each of the sweep's optimizers: trains the runs of a plan.
  std::vector<std::function<void(const LaunchPlan<Real>&, std::span<UnitResult>)>> launchers_;
};

}  // namespace

std::vector<Device> devices() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess) {
    cudaGetLastError();  // No driver is no error: there are no devices.
    return {};
  }
  int driver = 0;
  int runtime = 0;
  check(cudaDriverGetVersion(&driver), "the CUDA driver cannot be asked");
  check(cudaRuntimeGetVersion(&runtime), "the CUDA runtime cannot be asked");
  const auto version = [](int number) {
    return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
  };
  std::vector<Device> all;
  for (int index = 0; index < count; ++index) {
    cudaDeviceProp properties = {};
    check(cudaGetDeviceProperties(&properties, index), "the GPU cannot be asked");
    all.push_back({"cuda:" + std::to_string(index),
                   std::string(properties.name) + ", sm_" + std::to_string(properties.major) +
                       std::to_string(properties.minor) + ", " +
                       std::to_string(properties.multiProcessorCount) + " multiprocessors, " +
                       std::to_string(properties.totalGlobalMem >> 30) + " GiB",
                   "CUDA driver " + version(driver) + ", runtime " + version(runtime)});
  }
  return all;
}

std::unique_ptr<Backend> make_backend(const Sweep& sweep, int index,
                                      const BackendOptions& options) {
  if (sweep.precision == Precision::fp64)
    return std::make_unique<CudaBackend<double>>(sweep, index, options);
  return std::make_unique<CudaBackend<float>>(sweep, index, options);
}

}  // namespace cuda
}  // namespace lrscape
