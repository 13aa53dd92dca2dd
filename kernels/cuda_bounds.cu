#include <thrust/copy.h>
#include <thrust/device_vector.h>
#include <thrust/scan.h>
#include <thrust/sequence.h>

#include <algorithm>
#include <new>

#include "bound/multipole_curve.hpp"
#include "bound/schedule_steps.hpp"
#include "cuda/cuda_bounds.hpp"
#include "cuda_check.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule/list.hpp"
#include "multipole_field.hpp"
#include "walk_kernels.cuh"

namespace lrscape::cuda {
namespace {

using bound::Sums;

constexpr unsigned block_threads = 128;

template <class Arguments>
void start(void (*kernel)(Arguments), dim3 grid, unsigned threads, std::size_t shared,
           const Arguments& arguments) {
  kernel<<<grid, threads, shared>>>(arguments);
  check(cudaGetLastError(), "a kernel of bounds could not be launched");
}

/// What MultipoleField wants of a device.
struct CudaMachine {
  /// Values on the device that can be moved, and are there from the start.
  template <class T>
  class Array {
   public:
    Array() = default;
    explicit Array(std::size_t count) : values_(count) {}
    explicit Array(const std::vector<T>& values) : values_(values) {}
    T* data() { return thrust::raw_pointer_cast(values_.data()); }
    const T* data() const { return thrust::raw_pointer_cast(values_.data()); }
    thrust::device_vector<T>& values() { return values_; }
    const thrust::device_vector<T>& values() const { return values_; }

   private:
    thrust::device_vector<T> values_;
  };

  template <class T>
  Array<T> array(std::size_t count) const {
    return Array<T>(count);
  }
  template <class Range>
  Array<double> upload(const Range& values) const {
    return Array<double>(std::vector<double>(values.begin(), values.end()));
  }
  template <class Arguments>
  void launch(void (*kernel)(Arguments), std::int64_t blocks, int threads, std::size_t shared,
              const Arguments& arguments) const {
    start(kernel, dim3(static_cast<unsigned>(blocks)), static_cast<unsigned>(threads), shared,
          arguments);
  }
  std::int64_t scan(Array<std::int64_t>& counts) const {
    auto& values = counts.values();
    thrust::exclusive_scan(values.begin(), values.end(), values.begin());
    return values.back();
  }
  void download(const Array<double>& array, std::span<double> values) const {
    thrust::copy_n(array.values().begin(), values.size(), values.begin());
  }
};

/// Runs `work` on the device; its own running out of memory is the device's.
template <class Work>
auto on(int device, const Work& work) {
  check(cudaSetDevice(device), "the GPU cannot be used");
  const std::string name = "cuda:" + std::to_string(device);
  try {
    return with_device_errors(name, work);
  } catch (const std::bad_alloc&) {
    cudaGetLastError();  // Out of memory does not stick, its code does.
    throw DeviceError(name + " has too little memory for these bounds; --device cpu has more");
  }
}

/// S_t and B_t of `count` schedules at every horizon, row-major.
template <class AllSchedules>
std::vector<Sums<double>> walk_all(const AllSchedules& all, std::size_t count,
                                   const thrust::device_vector<double>& norms,
                                   const thrust::device_vector<std::int64_t>& horizons) {
  const std::size_t walks = count * horizons.size();
  thrust::device_vector<Sums<double>> sums(walks);
  const on_device::WalkArguments<AllSchedules> arguments = {
      all,
      thrust::raw_pointer_cast(norms.data()),
      static_cast<std::int64_t>(count),
      thrust::raw_pointer_cast(horizons.data()),
      static_cast<std::int64_t>(horizons.size()),
      thrust::raw_pointer_cast(sums.data())};
  const dim3 grid(static_cast<unsigned>((walks + block_threads - 1) / block_threads));
  start(on_device::walk_schedules<AllSchedules>, grid, block_threads, 0, arguments);
  check(cudaDeviceSynchronize(), "the kernel of walks failed");
  std::vector<Sums<double>> host(walks);
  thrust::copy(sums.begin(), sums.end(), host.begin());
  return host;
}

/// Schedules of one kind after the other: all of one name that the device can make, or all others, a
/// part at a time.
class Walks {
 public:
  Walks(std::span<const ScheduleChoice> schedules, std::int64_t steps, std::int64_t steps_per_epoch,
        std::span<const double> norms, std::span<const std::int64_t> horizons)
      : schedules_(schedules),
        steps_(steps),
        steps_per_epoch_(steps_per_epoch),
        norms_(std::vector<double>(norms.begin(), norms.end())),
        horizons_(std::vector<std::int64_t>(horizons.begin(), horizons.end())),
        sums_(schedules.size() * horizons.size()) {}

  std::vector<Sums<double>> run() {
    for (std::size_t first = 0; first < schedules_.size();) {
      const bool made = makes(schedules_[first]);
      // At most a quarter of a gigabyte of values.
      const auto most = made ? schedules_.size()
                             : std::max<std::size_t>(
                                   1, (std::size_t{1} << 25) / static_cast<std::size_t>(steps_));
      std::size_t count = 1;
      while (count < most && first + count < schedules_.size() &&
             makes(schedules_[first + count]) == made &&
             (!made || schedules_[first + count].schedule.name == schedules_[first].schedule.name))
        ++count;
      walk(first, count, made);
      first += count;
    }
    return std::move(sums_);
  }

 private:
  static bool makes(const ScheduleChoice& choice) {
    bool portable = false;
    Schedules::with_name(choice.schedule.name, [&]<class S>() {
      if constexpr (requires { S::portable(Given()); })
        portable = S::portable({choice.schedule.values.data()});
    });
    return portable;
  }

  void walk(std::size_t first, std::size_t count, bool made) {
    const auto part = schedules_.subspan(first, count);
    std::vector<Sums<double>> sums;
    if (made)
      Schedules::with_name(part[0].schedule.name, [&]<class S>() {
        if constexpr (requires { S::portable(Given()); }) sums = walk_made<S>(part);
      });
    else
      sums = walk_stored(part);
    std::copy(sums.begin(), sums.end(),
              sums_.begin() + static_cast<std::ptrdiff_t>(first * horizons_.size()));
  }

  /// Schedules of one type whose values the device computes itself.
  template <class Schedule>
  std::vector<Sums<double>> walk_made(std::span<const ScheduleChoice> part) const {
    std::vector<double> values;
    std::vector<std::int64_t> warmup;
    std::vector<double> final_value;
    for (const auto& choice : part) {
      values.insert(values.end(), choice.schedule.values.begin(), choice.schedule.values.end());
      warmup.push_back(choice.warmup);
      final_value.push_back(choice.final_value);
    }
    const thrust::device_vector<double> device_values(values);
    const thrust::device_vector<std::int64_t> device_warmup(warmup);
    const thrust::device_vector<double> device_final(final_value);
    const on_device::MadeSchedules<Schedule> all = {thrust::raw_pointer_cast(device_values.data()),
                                                    thrust::raw_pointer_cast(device_warmup.data()),
                                                    thrust::raw_pointer_cast(device_final.data()),
                                                    steps_, steps_per_epoch_};
    return walk_all(all, part.size(), norms_, horizons_);
  }

  std::vector<Sums<double>> walk_stored(std::span<const ScheduleChoice> part) const {
    std::vector<double> eta(part.size() * static_cast<std::size_t>(steps_));
    for (std::size_t k = 0; k < part.size(); ++k)
      bound::evaluate_steps(part[k], steps_, steps_per_epoch_, eta.data() + k, part.size());
    const thrust::device_vector<double> device_eta(eta);
    const on_device::StoredSchedules all = {thrust::raw_pointer_cast(device_eta.data()),
                                            static_cast<std::int64_t>(part.size())};
    return walk_all(all, part.size(), norms_, horizons_);
  }

  std::span<const ScheduleChoice> schedules_;
  std::int64_t steps_;
  std::int64_t steps_per_epoch_;
  thrust::device_vector<double> norms_;
  thrust::device_vector<std::int64_t> horizons_;
  std::vector<Sums<double>> sums_;
};

bound::Curve by_walks(std::span<const double> eta, std::span<const double> norms) {
  const thrust::device_vector<double> device_eta(eta.begin(), eta.end());
  const thrust::device_vector<double> device_norms(norms.begin(), norms.end());
  thrust::device_vector<std::int64_t> horizons(eta.size());
  thrust::sequence(horizons.begin(), horizons.end(), std::int64_t{1});
  const on_device::StoredSchedules one = {thrust::raw_pointer_cast(device_eta.data()), 1};
  bound::Curve curve;
  for (const auto& [steps, gradients] : walk_all(one, 1, device_norms, horizons)) {
    curve.steps.push_back(steps);
    curve.gradients.push_back(gradients);
  }
  return curve;
}

}  // namespace

std::vector<Sums<double>> walk_schedules(int device, std::span<const ScheduleChoice> schedules,
                                         std::int64_t steps, std::int64_t steps_per_epoch,
                                         std::span<const double> norms,
                                         std::span<const std::int64_t> horizons) {
  return on(device,
            [&] { return Walks(schedules, steps, steps_per_epoch, norms, horizons).run(); });
}

bound::Curve curve(int device, std::span<const double> eta, std::span<const double> norms,
                   bound::Method method, int threads) {
  return on(device, [&] {
    if (!bound::uses_multipoles(method, eta.size())) return by_walks(eta, norms);
    return bound::multipole_curve(eta, norms, threads, [](auto steps, auto its_norms, auto field) {
      CudaMachine machine;
      on_device::MultipoleField(machine, steps, its_norms).run(field);
    });
  });
}

}  // namespace lrscape::cuda
