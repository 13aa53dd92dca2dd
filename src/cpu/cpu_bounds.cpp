#include <algorithm>

#include "base/aligned.hpp"
#include "base/parallel.hpp"
#include "base/threads.hpp"
#include "bound/multipole_curve.hpp"
#include "bound/schedule_steps.hpp"
#include "cpu/cpu.hpp"
#include "lrscape/bound/walk.hpp"
#include "simd/implementation.hpp"

namespace lrscape::cpu {
namespace {

using bound::Sums;

class CpuBounds final : public BoundBackend {
 public:
  explicit CpuBounds(const DeviceOptions& options)
      : simd_(options.simd),
        implementation_(implementation(options.simd)),
        threads_(threads_to_use(options.threads)) {}

  std::string description() const override { return cpu::description(threads_, implementation_); }

  /// Walks as many schedules at once as a vector has lanes if they fit into a cache, otherwise one
  /// at a time.
  std::vector<Sums<double>> walk(const ScheduleBatch& batch,
                                 const WalkWatch& walk_watch) const override {
    constexpr std::int64_t most_steps = 1 << 15;
    const BoundKernels& kernels = batch.steps <= most_steps ? implementation_.bound : plain.bound;
    const std::size_t lanes =
        batch.steps <= most_steps ? static_cast<std::size_t>(kernels.lanes) : 1;
    const std::size_t schedules = batch.schedules.size();
    std::vector<Sums<double>> sums(schedules * batch.horizons.size());
    const std::size_t tiles = (schedules + lanes - 1) / lanes;
    in_parallel(static_cast<std::int64_t>(tiles), threads_, [&](std::int64_t tile) {
      walk_watch.begin();
      const std::size_t first = static_cast<std::size_t>(tile) * lanes;
      const std::size_t count = std::min(lanes, schedules - first);
      walk_tile(batch, kernels, lanes, first, count, sums);
      walk_watch.done(count);
    });
    return sums;
  }

  bound::Curve curve(std::span<const double> eta, std::span<const double> norms,
                     bound::Method method, int threads) const override {
    return bound::raw_curve(eta, norms, {method, threads, simd_});
  }

  bool one_curve_at_once() const override { return false; }

 private:
  static void walk_tile(const ScheduleBatch& batch, const BoundKernels& kernels, std::size_t lanes,
                        std::size_t first, std::size_t count, std::vector<Sums<double>>& sums) {
    const auto eta = aligned_array<double>(lanes * static_cast<std::size_t>(batch.steps));
    for (std::size_t lane = 0; lane < lanes; ++lane)  // The last tile repeats its last schedule.
      bound::evaluate_steps(batch.schedules[first + std::min(lane, count - 1)], batch.steps,
                            batch.steps_per_epoch, eta.get() + lane, lanes);
    for (std::size_t column = 0; column < batch.horizons.size(); ++column) {
      const std::int64_t t = batch.horizons[column];
      alignas(64) double path[bound_width];
      alignas(64) double gradients[bound_width];
      kernels.walk_schedules(eta.get(), batch.norms.data(), t, path, gradients);
      const double* const last = eta.get() + static_cast<std::size_t>(t - 1) * lanes;
      for (std::size_t lane = 0; lane < count; ++lane)
        sums[(first + lane) * batch.horizons.size() + column] =
            bound::settle({path[lane], gradients[lane]}, last[lane]);
    }
  }

  std::string simd_;
  const Implementation& implementation_;
  int threads_;
};

}  // namespace

std::unique_ptr<BoundBackend> make_bounds(int /*index*/, const DeviceOptions& options) {
  return std::make_unique<CpuBounds>(options);
}

}  // namespace lrscape::cpu
