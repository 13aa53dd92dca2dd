#include <algorithm>
#include <cub/device/device_scan.cuh>
#include <numeric>

#include "bound/multipole_curve.hpp"
#include "bound/schedule_steps.hpp"
#include "cuda/cuda.hpp"
#include "cuda_check.hpp"
#include "device_array.cuh"
#include "gpu.cuh"
#include "lrscape/error.hpp"
#include "lrscape/schedule/list.hpp"
#include "multipole_field.hpp"
#include "walk_kernels.cuh"

namespace lrscape::cuda {
namespace {

using bound::Sums;

constexpr int block_threads = 128;

/// A Gpu with the scan() that MultipoleField needs.
class BoundGpu : public Gpu {
 public:
  explicit BoundGpu(int index) : Gpu(gpu_properties(index), "the kernels of bounds") {}

  /// Uses CUB, because Thrust throws from a destructor after a kernel fault.
  std::int64_t scan(Array<std::int64_t>& counts) const {
    const auto sum_up = [&](void* room, std::size_t& bytes) {
      check(cub::DeviceScan::ExclusiveSum(room, bytes, counts.data(),
                                          static_cast<std::int64_t>(counts.size())),
            "the sums of bounds", "could not be launched");
    };
    std::size_t bytes = 0;
    sum_up(nullptr, bytes);  // Queries the size of the temporary storage.
    Array<unsigned char> room(bytes);
    sum_up(room.data(), bytes);
    std::int64_t total = 0;
    wait();
    counts.read({&total, 1}, counts.size() - 1);
    return total;
  }
};

/// Runs `work` on the device. If the device runs out of memory, throws a DeviceError that names a
/// remedy.
template <class Work>
auto on(int device, const Work& work) {
  try {
    return on_gpu(device, work);
  } catch (const OutOfDeviceMemory& error) {
    throw DeviceError(std::string(error.what()) + " for these bounds", Remedy::cpu_memory);
  }
}

/// S_t and B_t of `count` schedules at every horizon, row-major.
template <class AllSchedules>
std::vector<Sums<double>> walk_all(const Gpu& gpu, const AllSchedules& all, std::size_t count,
                                   const DeviceArray<double>& norms,
                                   const DeviceArray<std::int64_t>& horizons) {
  const std::size_t walks = count * horizons.size();
  DeviceArray<Sums<double>> sums(walks);
  const on_device::WalkArguments<AllSchedules> arguments = {
      all,
      norms.data(),
      static_cast<std::int64_t>(count),
      horizons.data(),
      static_cast<std::int64_t>(horizons.size()),
      sums.data()};
  gpu.launch(on_device::walk_schedules<AllSchedules>, (walks + block_threads - 1) / block_threads,
             block_threads, 0, arguments);
  gpu.wait();
  return sums.host();
}

/// Walks the schedules in parts of one kind: schedules of one name that the device can evaluate
/// itself, or schedules whose values the host computes and copies to the device.
class Walks {
 public:
  Walks(const Gpu& gpu, const ScheduleBatch& batch)
      : gpu_(gpu),
        schedules_(batch.schedules),
        steps_(batch.steps),
        steps_per_epoch_(batch.steps_per_epoch),
        norms_(batch.norms),
        horizons_(batch.horizons),
        sums_(schedules_.size() * horizons_.size()) {}

  std::vector<Sums<double>> run() {
    for (std::size_t first = 0; first < schedules_.size();) {
      const bool made = makes(schedules_[first]);
      // Computed values take at most 256 MiB per part.
      const auto most = made ? schedules_.size()
                             : std::max<std::size_t>(
                                   1, (std::size_t{1} << 25) / static_cast<std::size_t>(steps_));
      std::size_t count = 1;
      while (count < most && first + count < schedules_.size() &&
             makes(schedules_[first + count]) == made &&
             (!made || schedules_[first + count].name == schedules_[first].name))
        ++count;
      walk(first, count, made);
      first += count;
    }
    return std::move(sums_);
  }

 private:
  static bool makes(const ScheduleSpec& spec) {
    bool portable = false;
    Schedules::with_name(spec.name, [&]<class S>() { portable = Portable<S>; });
    return portable && spec.envelope.is_portable();
  }

  void walk(std::size_t first, std::size_t count, bool made) {
    const auto part = schedules_.subspan(first, count);
    std::vector<Sums<double>> sums;
    if (made)
      Schedules::with_name(part[0].name, [&]<class S>() {
        if constexpr (Portable<S>) sums = walk_made<S>(part);
      });
    else
      sums = walk_stored(part);
    std::copy(sums.begin(), sums.end(),
              sums_.begin() + static_cast<std::ptrdiff_t>(first * horizons_.size()));
  }

  /// Walks schedules of one type whose values the device computes itself.
  template <class Schedule>
  std::vector<Sums<double>> walk_made(std::span<const ScheduleSpec> part) const {
    std::vector<double> values;
    std::vector<Envelope> envelopes;
    for (const auto& spec : part) {
      values.insert(values.end(), spec.values.begin(), spec.values.end());
      envelopes.push_back(spec.envelope);
    }
    const DeviceArray<double> device_values(values);
    const DeviceArray<Envelope> device_envelopes(envelopes);
    const on_device::MadeSchedules<Schedule> all = {device_values.data(), device_envelopes.data(),
                                                    steps_, steps_per_epoch_};
    return walk_all(gpu_, all, part.size(), norms_, horizons_);
  }

  std::vector<Sums<double>> walk_stored(std::span<const ScheduleSpec> part) const {
    std::vector<double> eta(part.size() * static_cast<std::size_t>(steps_));
    for (std::size_t k = 0; k < part.size(); ++k)
      bound::evaluate_steps(part[k], steps_, steps_per_epoch_, eta.data() + k, part.size());
    const DeviceArray<double> device_eta(eta);
    const on_device::StoredSchedules all = {device_eta.data(),
                                            static_cast<std::int64_t>(part.size())};
    return walk_all(gpu_, all, part.size(), norms_, horizons_);
  }

  const Gpu& gpu_;
  std::span<const ScheduleSpec> schedules_;
  std::int64_t steps_;
  std::int64_t steps_per_epoch_;
  DeviceArray<double> norms_;
  DeviceArray<std::int64_t> horizons_;
  std::vector<Sums<double>> sums_;
};

bound::Curve by_walks(const Gpu& gpu, std::span<const double> eta, std::span<const double> norms) {
  const DeviceArray<double> device_eta(eta);
  const DeviceArray<double> device_norms(norms);
  std::vector<std::int64_t> every(eta.size());
  std::iota(every.begin(), every.end(), std::int64_t{1});
  const DeviceArray<std::int64_t> horizons(every);
  const on_device::StoredSchedules one = {device_eta.data(), 1};
  bound::Curve curve;
  for (const auto& [steps, gradients] : walk_all(gpu, one, 1, device_norms, horizons)) {
    curve.path.push_back(steps);
    curve.gradients.push_back(gradients);
  }
  return curve;
}

class CudaBounds final : public BoundBackend {
 public:
  explicit CudaBounds(int index) : index_(index) {}

  std::string description() const override { return "cuda:" + std::to_string(index_); }

  std::vector<Sums<double>> walk(const ScheduleBatch& batch,
                                 const WalkWatch& walk_watch) const override {
    walk_watch.begin();
    auto sums = on(index_, [&] {
      const BoundGpu gpu(index_);
      return Walks(gpu, batch).run();
    });
    walk_watch.done(batch.schedules.size());
    return sums;
  }

  bound::Curve curve(std::span<const double> eta, std::span<const double> norms,
                     bound::Method method, int threads) const override {
    return on(index_, [&] {
      const BoundGpu gpu(index_);
      if (!bound::uses_multipoles(method, eta.size())) return by_walks(gpu, eta, norms);
      return bound::multipole_curve(eta, norms, threads,
                                    [&](auto steps, auto its_norms, auto field) {
                                      on_device::MultipoleField(gpu, steps, its_norms).run(field);
                                    });
    });
  }

  bool one_curve_at_once() const override { return true; }

 private:
  int index_;
};

}  // namespace

std::unique_ptr<BoundBackend> make_bounds(int index, const DeviceOptions& /*options*/) {
  return std::make_unique<CudaBounds>(index);
}

}  // namespace lrscape::cuda
