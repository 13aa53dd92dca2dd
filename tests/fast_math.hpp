#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "lrscape/result.hpp"

namespace lrscape::test {

/// The default problem with AdamW and fast math, on side x side cells from stable to divergent.
inline Sweep default_map(std::size_t side) {
  Sweep sweep;
  sweep.problem = make_synthetic({});
  sweep.optimizers = {choose_optimizer("adamw-pt", {})};
  const auto logarithmic = [side](double low, double high) {
    std::vector<double> values;
    for (std::size_t k = 0; k < side; ++k)
      values.push_back(
          low * std::pow(high / low, static_cast<double>(k) / static_cast<double>(side - 1)));
    return values;
  };
  sweep.learning_rates = logarithmic(1e-4, 3.2);
  sweep.weight_decays = logarithmic(3.2e-4, 10);
  sweep.math = MathMode::fast;
  return sweep;
}

/// Noise-free targets and more rows than features: the losses of good runs converge to 0.
inline Sweep noise_free_sweep() {
  Sweep sweep;
  SyntheticProblem shape;
  shape.rows = 40;
  shape.validation_rows = 23;
  shape.features = 20;
  shape.noise = 0;
  sweep.problem = make_synthetic(shape);
  for (const auto* name : {"adam-l2", "sgd"})
    sweep.optimizers.push_back(choose_optimizer(name, {}));
  sweep.learning_rates = {1e-3, 3e-3, 0.01, 0.03, 0.1};
  sweep.weight_decays = {0, 1e-3};
  sweep.epochs = 30;
  sweep.batch_size = 8;
  sweep.record_epochs = true;
  sweep.gram = GramMode::off;
  sweep.math = MathMode::fast;
  return sweep;
}

/// A random optimizer, shape and noise level, with learning rates from stable to divergent.
inline Sweep random_sweep(unsigned seed) {
  std::mt19937 generator(seed);
  const auto one_of = [&](auto... values) {
    const std::array all = {values...};
    return all[generator() % all.size()];
  };
  Sweep sweep;
  SyntheticProblem shape;
  shape.rows = one_of(8, 20, 40, 60, 100);
  shape.validation_rows = 30;
  shape.features = one_of(3, 10, 40, 64, 130, 200);
  shape.noise = one_of(0.0, 0.0, 0.01, 0.5);
  shape.oracle_density = one_of(0.1, 1.0);
  shape.seed = seed;
  sweep.problem = make_synthetic(shape);
  const std::string name = one_of("adamw-pt", "adamw-lh", "adam-l2", "adam-prox", "sgd", "sgdw");
  const bool adam = name.starts_with("adam");
  NamedValues hyperparameters;
  if (!adam) hyperparameters = {{"momentum", one_of(0.0, 0.9)}};
  sweep.optimizers = {choose_optimizer(name, hyperparameters)};
  for (double rate = adam ? 1e-4 : 1e-6; rate < (adam ? 1 : 0.03); rate *= 4)
    sweep.learning_rates.push_back(rate);
  sweep.weight_decays = {0, 1e-3, 0.1};
  sweep.schedule = parse_schedule(one_of("constant", "cosine", "linear", "sqrt"));
  sweep.epochs = one_of(5, 20, 50);
  sweep.batch_size = std::min<std::int64_t>(shape.rows, one_of(1, 4, 8, 20, 24, 37));
  sweep.record_epochs = true;
  sweep.gram = GramMode::off;
  sweep.math = MathMode::fast;
  return sweep;
}

/// The guarantee for fast math in docs/guarantees.md ("Fast math"). All values are relative to the
/// mean square of the validation targets, which is the loss of zero weights.
struct FastMathPromise {
  static constexpr double least_loss =
      1e-6;                               ///< Below it, Adam divides rounding errors by each other.
  static constexpr double most_loss = 2;  ///< Above it, a run diverges and amplifies roundings.
  static constexpr double error_of_fp32 = 1e-6;
  static constexpr double error = 1e-4;
};

/// The errors of runs with fast math, measured against runs in double precision.
struct FastMathError {
  std::size_t promised = 0;  ///< losses that the guarantee covers
  double worst = 0;          ///< largest error of fast math among the covered losses
  double worst_relative =
      0;  ///< largest error relative to the loss, where fp32 is within a relative 2e-5
  std::size_t diverged = 0;           ///< runs that diverge in fp32 without fast math
  std::size_t differently_ended = 0;  ///< runs that diverge only with or only without fast math
};

/// If the sweep records only the last epoch, the guarantee's conditions are checked only there.
/// The comparison then covers more losses than the guarantee.
inline FastMathError compare_fast_math(const Sweep& sweep, const std::vector<RunResults>& fast,
                                       const std::vector<RunResults>& fp32,
                                       const std::vector<RunResults>& fp64) {
  double scale = 0;
  for (const double target : sweep.problem.validation_targets) scale += target * target;
  scale /= static_cast<double>(sweep.problem.validation_targets.size());
  const auto records = static_cast<std::size_t>(sweep.recorded_epochs());
  FastMathError error;
  for (std::size_t u = 0; u < fp64.size(); ++u)
    for (std::size_t run = 0; run < fp64[u].status.size(); ++run) {
      if (fp32[u].status[run] == RunStatus::diverged) ++error.diverged;
      if (fp32[u].status[run] != fast[u].status[run]) ++error.differently_ended;
      for (std::size_t at = run * records; at < (run + 1) * records; ++at) {
        const double exact = fp64[u].validation_loss[at];
        const auto off = [&](const RunResults& result) {
          const double by = std::fabs(result.validation_loss[at] - exact);
          return std::isnan(by) ? HUGE_VAL : by;
        };
        if (!(exact >= FastMathPromise::least_loss * scale &&
              exact <= FastMathPromise::most_loss * scale &&
              off(fp32[u]) <= FastMathPromise::error_of_fp32 * scale))
          break;
        ++error.promised;
        error.worst = std::max(error.worst, off(fast[u]) / scale);
        if (off(fp32[u]) <= 2e-5 * exact)
          error.worst_relative = std::max(error.worst_relative, off(fast[u]) / exact);
      }
    }
  return error;
}

}  // namespace lrscape::test
