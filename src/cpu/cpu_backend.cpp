
#include <fmt/format.h>
#include <omp.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <set>
#include <utility>

#include "base/aligned.hpp"
#include "base/threads.hpp"
#include "cpu/cpu.hpp"
#include "lrscape/error.hpp"
#include "simd/implementation.hpp"
#include "sweep/outputs.hpp"
#include "sweep/packed_problem.hpp"

namespace lrscape::cpu {
namespace {

/// The part of a group that one tile trains: runs first .. first + count - 1.
struct Tile {
  std::size_t group;
  std::size_t first;
  std::size_t count;
};

/// Trains one tile of one configuration and writes its part of the group's results.
using TileRunner =
    std::function<void(const RunGroup&, const Tile&, const std::atomic<bool>& stop, RunResults&)>;

template <class Optimizer, class Real>
void run_tile(const PreparedSweep& prepared,
              const std::vector<typename Optimizer::template StepValues<Real>>& steps,
              void (*tile_kernel)(const TileArguments<Optimizer, Real>&), std::size_t lanes,
              const RunGroup& group, const Tile& tile, const std::atomic<bool>& stop,
              RunResults& result) {
  TileArguments<Optimizer, Real> arguments = {};
  arguments.training = training_view<Real>(prepared, group.configuration);
  const TrainingView<Real>& training = arguments.training;
  const auto features = static_cast<std::size_t>(training.features);
  const auto batch = static_cast<std::size_t>(training.batch_size);
  const auto records = static_cast<std::size_t>(training.recorded_epochs());
  const std::size_t scratch =
      scratch_size<Optimizer>(static_cast<std::size_t>(training.stride),
                              static_cast<std::size_t>(training.derivatives()), lanes);

  const auto memory = aligned_array<Real>(scratch + lanes * (3 + 2 * records + features));
  Real* next = memory.get();
  const auto take = [&](std::size_t count) { return std::exchange(next, next + count); };
  Real* const learning_rate = take(lanes);
  Real* const weight_decay = take(lanes);
  Real* const decay_rate = take(lanes);
  // A partly filled tile repeats its last run.
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const std::size_t run = tile.first + std::min(lane, tile.count - 1);
    learning_rate[lane] = static_cast<Real>(group.learning_rate[run]);
    weight_decay[lane] = static_cast<Real>(group.weight_decay[run]);
    decay_rate[lane] = static_cast<Real>(group.learning_rate[run] * group.weight_decay[run]);
  }
  std::vector<const Real*> rows(batch);
  std::vector<std::int32_t> diverged_at(lanes);
  arguments.step_values = steps.data();
  arguments.row_order = prepared.row_orders()[group.seed].data();
  arguments.rates = {learning_rate, weight_decay, decay_rate};
  arguments.scratch = take(scratch);
  arguments.row_scratch = rows.data();
  arguments.validation_loss = take(records * lanes);
  arguments.train_loss = take(records * lanes);
  arguments.diverged_at = diverged_at.data();
  arguments.weights = result.weights.empty() ? nullptr : take(features * lanes);
  arguments.stop = &stop;
  tile_kernel(arguments);
  if (stop) return;

  const Outputs<Real> outputs = {lanes,
                                 records,
                                 arguments.validation_loss,
                                 training.train_loss ? arguments.train_loss : nullptr,
                                 arguments.diverged_at,
                                 arguments.weights};
  for (std::size_t lane = 0; lane < tile.count; ++lane)
    collect(outputs, lane, prepared.sweep(), training.space, tile.first + lane, result);
}

/// The size of a cache, if the C library knows it.
std::optional<double> cache_bytes(int name) {
  const long size = ::sysconf(name);
  return size > 0 ? std::optional(static_cast<double>(size)) : std::nullopt;
}

template <class Real>
class CpuBackend final : public Backend {
 public:
  CpuBackend(const PreparedSweep& prepared, const DeviceOptions& options)
      : prepared_(prepared),
        sweep_(prepared.sweep()),
        implementation_(implementation(options.simd)),
        threads_(threads_to_use(options.threads)) {
    for (std::size_t k = 0; k < prepared.configurations().size(); ++k) {
      const OptimizerSpec& spec = prepared.configurations()[k].optimizer;
      Optimizers::with_name(spec.name, [&]<class O>() {
        const TileKernel<O>& kernel = implementation_.train;
        void (*tile_kernel)(const TileArguments<O, Real>&);
        if constexpr (sizeof(Real) == sizeof(float))
          tile_kernel = kernel.fp32;
        else
          tile_kernel = kernel.fp64;
        runners_.push_back(
            [this, tile_kernel, steps = all_step_values<O, Real>(spec, prepared.eta(k))](
                const RunGroup& group, const Tile& tile, const std::atomic<bool>& stop,
                RunResults& result) {
              run_tile<O, Real>(prepared_, steps, tile_kernel, lanes(), group, tile, stop, result);
            });
      });
    }
  }

  std::string description() const override { return cpu::description(threads_, implementation_); }

  std::string driver() const override { return {}; }

  std::size_t runs_to_fill() const override {
    return lanes() * static_cast<std::size_t>(threads_) * 32;
  }

  std::size_t working_bytes() const override {
    std::size_t largest_tile = 0;
    for (std::size_t k = 0; k < prepared_.configurations().size(); ++k) {
      const auto view = training_view<Real>(prepared_, k);
      Optimizers::with_name(prepared_.configurations()[k].optimizer.name, [&]<class O>() {
        largest_tile = std::max(
            largest_tile, scratch_size<O>(static_cast<std::size_t>(view.stride),
                                          static_cast<std::size_t>(view.derivatives()), lanes()));
      });
    }
    return largest_tile * static_cast<std::size_t>(threads_) * sizeof(Real);
  }

  /// Counts
  /// - the data, once if they fit the last-level cache, otherwise the rows of every batch for every
  ///   tile,
  /// - the inputs and outputs of every run,
  /// - for a tile that exceeds the cache of its core, in every step: two loads and one store of the
  ///   weights (prediction and update), and one load and one store of the states.
  std::optional<double> bytes_moved(std::span<const RunGroup> groups) const override {
    const auto core_cache = cache_bytes(_SC_LEVEL2_CACHE_SIZE);
    const auto last_cache = cache_bytes(_SC_LEVEL3_CACHE_SIZE);
    if (!core_cache || !last_cache) return std::nullopt;
    std::set<Space> loaded;
    double values = 0;
    for (const RunGroup& group : groups) {
      const double runs = static_cast<double>(group.learning_rate.size());
      const Configuration& one = prepared_.configurations()[group.configuration];
      const auto epochs = static_cast<double>(one.epochs);
      const auto steps = static_cast<double>(one.steps(sweep_.problem.features.rows));
      const double records = (sweep_.record_epochs ? epochs : 1) * (sweep_.train_loss ? 2 : 1);
      const double tiles = std::ceil(runs / static_cast<double>(lanes()));
      const Space space = prepared_.spaces()[group.configuration];
      const double stride = packed().features(space).stride;
      const double train = static_cast<double>(packed().features(space).train.size());
      const double validation = static_cast<double>(packed().features(space).validation.size());
      const bool data_stay = (train + validation) * sizeof(Real) <= *last_cache;
      if (data_stay && loaded.insert(space).second) values += train + validation;
      double slots = 0;
      Optimizers::with_name(one.optimizer.name, [&]<class O>() { slots = O::state_slots; });
      values += runs * (3 + records);
      if (!data_stay) values += tiles * (train * epochs + validation);
      const double tile = stride * (1 + slots) * static_cast<double>(lanes()) * sizeof(Real);
      if (tile > *core_cache)
        values += tiles * static_cast<double>(lanes()) * steps * stride * (3 + 2 * slots);
    }
    return values * sizeof(Real);
  }

  std::vector<RunResults> train(std::span<const RunGroup> groups,
                                const std::atomic<bool>& stop) override {
    std::vector<RunResults> results(groups.size());
    std::vector<Tile> tiles;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const std::size_t runs = groups[g].learning_rate.size();
      results[g] = empty_results(sweep_, runs);
      for (std::size_t first = 0; first < runs; first += lanes())
        tiles.push_back({g, first, std::min(lanes(), runs - first)});
    }
    std::exception_ptr failure;
    std::atomic<bool> complete = true;
#pragma omp parallel for schedule(dynamic) num_threads(threads_)
    for (std::size_t k = 0; k < tiles.size(); ++k) {
      try {
        const RunGroup& group = groups[tiles[k].group];
        if (!stop) runners_[group.configuration](group, tiles[k], stop, results[tiles[k].group]);
        if (stop) complete = false;  // The tile may have ended early.
      } catch (...) {
#pragma omp critical
        failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
    if (!complete) results.clear();
    return results;
  }

 private:
  std::size_t lanes() const {
    return static_cast<std::size_t>(sizeof(Real) == sizeof(float) ? implementation_.fp32_runs
                                                                  : implementation_.fp64_runs);
  }

  const PackedProblem<Real>& packed() const { return prepared_.template packed<Real>(); }

  const PreparedSweep& prepared_;
  const Sweep& sweep_;
  const Implementation& implementation_;
  int threads_;
  std::vector<TileRunner> runners_;  ///< one for each configuration
};

}  // namespace

std::unique_ptr<Backend> make_backend(const PreparedSweep& prepared, int /*index*/,
                                      const DeviceOptions& options) {
  if (prepared.sweep().precision == Precision::fp64)
    return std::make_unique<CpuBackend<double>>(prepared, options);
  return std::make_unique<CpuBackend<float>>(prepared, options);
}

}  // namespace lrscape::cpu
