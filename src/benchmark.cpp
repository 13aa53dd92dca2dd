#include "lrscape/benchmark.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "cpu/cpu_backend.hpp"

namespace lrscape {
namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::vector<double> logarithmic(double low, double high, std::size_t count) {
  std::vector<double> values(count, low);
  for (std::size_t k = 1; k < count; ++k)
    values[k] = low * std::pow(high / low, static_cast<double>(k) / static_cast<double>(count - 1));
  return values;
}

}  // namespace

Sweep benchmark_sweep(std::string_view optimizer, std::size_t side, Precision precision) {
  Sweep sweep;
  sweep.problem = make_synthetic({});
  sweep.optimizers = {choose_optimizer(optimizer, {})};
  // SGD diverges from learning rates that suit the Adam family.
  const bool adam = optimizer.starts_with("adam");
  sweep.learning_rates = logarithmic(adam ? 1e-4 : 1e-6, adam ? 1e-1 : 1e-4, side);
  sweep.weight_decays = logarithmic(1e-4, 1e-1, side);
  sweep.precision = precision;
  return sweep;
}

double Timing::median() const {
  std::vector<double> sorted = seconds;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

std::vector<Timing> benchmark(const Sweep& sweep, std::span<const BackendOptions> contenders,
                              int repeats) {
  WorkUnit unit = {0, 0, {}, {}};
  for (const double rate : sweep.learning_rates)
    for (const double decay : sweep.weight_decays) {
      unit.learning_rate.push_back(rate);
      unit.weight_decay.push_back(decay);
    }
  const auto values = static_cast<double>(sweep.problem.features.values.size());
  const double losses = static_cast<double>(sweep.problem.validation_features.values.size());
  const double multiply_adds_per_run = 2 * values * static_cast<double>(sweep.epochs) + losses;

  std::vector<std::unique_ptr<Backend>> backends;
  std::vector<Timing> timings;
  for (const auto& options : contenders) {
    backends.push_back(make_backend(sweep, options));
    Timing timing;
    timing.device = backends.back()->description();
    timing.runs = unit.learning_rate.size();
    timing.multiply_adds = multiply_adds_per_run * static_cast<double>(timing.runs);
    timing.steps = sweep.steps();
    timings.push_back(timing);
  }
  const std::atomic<bool> stop = false;
  for (int repeat = 0; repeat <= repeats; ++repeat)
    for (std::size_t k = 0; k < backends.size(); ++k) {
      if (contenders[k].device == "cpu")
        timings[k].fma_peak =
            std::max(timings[k].fma_peak, cpu::measured_fma_peak(contenders[k], sweep.precision));
      const double begin = seconds_now();
      backends[k]->run({&unit, 1}, stop);
      if (repeat > 0) timings[k].seconds.push_back(seconds_now() - begin);
    }
  return timings;
}

}  // namespace lrscape
