#include "lrscape/benchmark.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>

#include "base/threads.hpp"
#include "device/device_choice.hpp"
#include "lrscape/optimizer/list.hpp"
#include "lrscape/run.hpp"
#include "run/wave.hpp"

namespace lrscape {
namespace {

constexpr const char* all_gpus = "cuda";

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::vector<double> logarithmic(double low, double high, std::size_t count) {
  std::vector<double> values(count, low);
  for (std::size_t k = 1; k < count; ++k)
    values[k] = low * std::pow(high / low, static_cast<double>(k) / static_cast<double>(count - 1));
  return values;
}

/// One workload on one backend.
struct Case {
  Timing timing;
  std::function<void()> run;
  std::function<double()> fma_peak;  ///< Empty for bounds.
};

double measured_fma_peak(const DeviceOptions& options, Precision precision) {
  double peak = 0;
  for (const auto& [kind, index] : choose_devices(options.device))
    peak += kind->fma_peak(index, options, precision);
  return peak;
}

/// The units of the first seeds; together they cover all cells.
std::vector<Unit> cells_of(const Sweep& sweep) {
  std::vector<Unit> units = units_of(sweep, even_cut(sweep));
  std::erase_if(units, [](const Unit& unit) { return unit.seeds.begin > 0; });
  return units;
}

Case sweep_case(const std::shared_ptr<const PreparedSweep>& prepared,
                const DeviceOptions& options) {
  const Sweep& sweep = prepared->sweep();
  const std::shared_ptr<Backend> backend = make_backend(*prepared, options);
  const std::size_t cells = sweep.learning_rates.size() * sweep.weight_decays.size();
  const std::size_t wanted = options.device == "cpu" ? cells : backend->runs_to_fill();
  const auto wave = std::make_shared<Wave>(sweep);
  while (wave->runs() < wanted)
    for (const Unit& unit : cells_of(sweep)) wave->add(unit);
  const std::size_t runs = wave->runs();

  Case result;
  Timing& timing = result.timing;
  timing.work = sweep.optimizers.front().name;
  timing.device = backend->description();
  timing.math = sweep.math;
  timing.results = static_cast<double>(runs);
  timing.steps =
      timing.results *
      static_cast<double>(prepared->configurations()[0].steps(sweep.problem.features.rows));
  timing.multiply_adds =
      timing.results *
      multiply_adds_per_run(sweep, prepared->configurations()[0], prepared->spaces()[0]);
  timing.bytes_moved = backend->bytes_moved(wave->groups());
  result.run = [prepared, backend, wave] {
    const std::atomic<bool> stop = false;
    backend->train(wave->groups(), stop);
  };
  result.fma_peak = [options, precision = sweep.precision] {
    return measured_fma_peak(options, precision);
  };
  return result;
}

Case bound_case(const BoundSweep& sweep, const DeviceOptions& options) {
  Case result;
  Timing& timing = result.timing;
  const auto schedules = static_cast<double>(sweep.schedules.size());
  const auto steps = static_cast<double>(sweep.steps.front());
  timing.work = sweep.anytime ? fmt::format("every horizon of {}", sweep.schedules[0].name)
                              : fmt::format("{} schedules", sweep.schedules[0].name);
  const auto [kind, index] = choose_devices(options.device).front();
  timing.device = kind->bounds(index, options)->description();
  timing.of_bounds = true;
  timing.results = sweep.anytime ? schedules * steps : schedules;
  timing.steps = schedules * steps;
  timing.bytes_moved = timing.results * sizeof(bound::Sums<double>);
  result.run = [&sweep, options] { evaluate(sweep, options); };
  return result;
}

}  // namespace

Sweep benchmark_sweep(std::string_view optimizer, std::size_t side, Precision precision) {
  Sweep sweep;
  sweep.problem = make_synthetic({});
  sweep.optimizers = {choose_optimizer(optimizer, {})};
  // SGD diverges at learning rates that suit the Adam family.
  bool normalized = false;
  Optimizers::with_name(optimizer, [&]<class O>() { normalized = NormalizesGradients<O>; });
  sweep.learning_rates = logarithmic(normalized ? 1e-4 : 1e-6, normalized ? 1e-1 : 1e-4, side);
  sweep.weight_decays = logarithmic(1e-4, 1e-1, side);
  sweep.precision = precision;
  return sweep;
}

BoundSweep benchmark_curve(std::int64_t steps) {
  BoundSweep sweep;
  sweep.schedules = {parse_schedule("sqrt")};
  sweep.steps = {steps};
  sweep.anytime = true;
  return sweep;
}

BoundSweep benchmark_schedules(std::size_t count) {
  BoundSweep sweep;
  for (std::size_t k = 0; k < count; ++k)
    sweep.schedules.push_back(parse_schedule(fmt::format(
        "wsd:cooldown={}", 0.05 + 0.9 * static_cast<double>(k) / static_cast<double>(count))));
  sweep.steps = {4000};
  return sweep;
}

std::vector<DeviceOptions> benchmark_cpus(const std::string& simd) {
  std::vector<DeviceOptions> contenders;
  for (int threads = 1; threads < cpu_threads(); threads *= 2)
    contenders.push_back({"cpu", threads, simd});
  contenders.push_back({"cpu", cpu_threads(), simd});
  return contenders;
}

std::vector<DeviceOptions> benchmark_gpus(std::span<const DeviceInfo> all) {
  std::vector<DeviceOptions> contenders;
  for (const DeviceInfo& device : all)
    if (device.usable && device.name != "cpu") contenders.push_back({device.name, 0, ""});
  if (contenders.size() > 1) contenders.push_back({all_gpus, 0, ""});
  return contenders;
}

std::optional<Sweep> with_fast_math(const Sweep& sweep) {
  if (sweep.precision != Precision::fp32 || PreparedSweep(sweep).spaces()[0] == Space::gram)
    return std::nullopt;
  Sweep fast = sweep;
  fast.math = MathMode::fast;
  return fast;
}

double Timing::median() const {
  std::vector<double> sorted = seconds;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

std::optional<double> Timing::share_of_peak() const {
  if (fma_peak == 0 || multiply_adds == 0) return std::nullopt;
  return multiply_adds / median() / fma_peak;
}

std::optional<double> Timing::bytes_per_step() const {
  if (!bytes_moved) return std::nullopt;
  return *bytes_moved / steps;
}

std::vector<Timing> benchmark(std::span<const Sweep> sweeps, std::span<const BoundSweep> bounds,
                              std::span<const DeviceOptions> contenders, int repeats) {
  std::vector<Case> cases;
  for (const Sweep& sweep : sweeps) {
    const auto prepared = std::make_shared<const PreparedSweep>(sweep);
    for (const auto& options : contenders)
      if (sweep.math == MathMode::reproducible || options.device != "cpu")
        cases.push_back(sweep_case(prepared, options));
  }
  for (const BoundSweep& sweep : bounds)
    for (const auto& options : contenders)
      if (options.device != all_gpus) cases.push_back(bound_case(sweep, options));
  for (int repeat = 0; repeat <= repeats; ++repeat)
    for (Case& one : cases) {
      if (one.fma_peak) one.timing.fma_peak = std::max(one.timing.fma_peak, one.fma_peak());
      const double begin = seconds_now();
      one.run();
      if (repeat > 0) one.timing.seconds.push_back(seconds_now() - begin);
    }
  std::vector<Timing> timings;
  for (Case& one : cases) timings.push_back(std::move(one.timing));
  return timings;
}

}  // namespace lrscape
