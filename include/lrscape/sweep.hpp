#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/optimizer_spec.hpp"
#include "lrscape/problem.hpp"
#include "lrscape/schedule_spec.hpp"
#include "lrscape/space.hpp"

namespace lrscape {

enum class Precision { fp32, fp64 };
std::string_view name_of(Precision precision);

/// Whether a GPU may use tensor cores and approximate quotients and roots. With `fast`, the bits
/// depend on the device; docs/guarantees.md, "Fast math", states how far the losses may deviate
/// from fp64.
enum class MathMode { reproducible, fast };
std::string_view name_of(MathMode math);

/// Which optimizers run in Gram space: those that benefit from it, none, or all.
enum class GramMode { automatic, off, on };

/// Several values of a hyper-parameter that every optimizer of the sweep has, such as "beta2".
struct ParameterAxis {
  std::string name;
  std::vector<double> values;
};

/// Axes other than optimizers, learning rates, weight decays and seeds. The values of an axis take
/// the place of the single value in Sweep or OptimizerSpec; an empty axis leaves it as it is.
struct Axes {
  std::vector<ScheduleSpec> schedules;
  std::vector<ParameterAxis> parameters;
  std::vector<std::int64_t> batch_sizes;
  std::vector<std::int64_t> epochs;
};

/// Everything that determines a run of a sweep but its learning rate, weight decay and seed.
struct Configuration {
  OptimizerSpec optimizer;
  ScheduleSpec schedule;
  std::int64_t batch_size;
  std::int64_t epochs;

  /// Steps per epoch with this many training rows. The last batch holds the remaining rows.
  std::int64_t steps_per_epoch(std::size_t rows) const {
    return (static_cast<std::int64_t>(rows) + batch_size - 1) / batch_size;
  }
  std::int64_t steps(std::size_t rows) const { return epochs * steps_per_epoch(rows); }
};

/// All inputs that determine the results of a sweep. A sweep has one training run for each
/// combination of optimizer, learning rate, weight decay, seed and the values of further axes.
struct Sweep {
  Problem problem;
  std::vector<OptimizerSpec> optimizers;
  ScheduleSpec schedule = {"constant", {}};
  std::vector<double> learning_rates;
  std::vector<double> weight_decays;
  std::int64_t first_seed = 0;
  std::int64_t seeds = 1;
  std::int64_t epochs = 50;
  std::int64_t batch_size = 20;
  Axes axes = {};
  Precision precision = Precision::fp32;
  MathMode math = MathMode::reproducible;
  GramMode gram = GramMode::automatic;
  bool record_epochs = false;  ///< Record losses after every epoch, not only the last.
  bool train_loss = false;     ///< Also record the loss on the training rows.
  bool save_weights = false;   ///< Also record the weights after the last epoch.
  /// The row order of each seed, most_epochs() x rows entries. If empty, row_order() draws it.
  std::vector<std::vector<std::int32_t>> row_orders;
  std::string problem_source;  ///< Where the problem comes from, for display.

  std::int64_t most_epochs() const {
    return axes.epochs.empty() ? epochs : *std::ranges::max_element(axes.epochs);
  }
  /// A run of fewer epochs leaves the losses of the others NaN.
  std::int64_t recorded_epochs() const { return record_epochs ? most_epochs() : 1; }
  /// The numbers that each run records: losses and weights.
  std::size_t recorded_numbers() const {
    return static_cast<std::size_t>(recorded_epochs()) * (train_loss ? 2 : 1) +
           (save_weights ? problem.features.columns : 0);
  }
};

/// The batch size of a sweep for which none is given: 20, or all rows if there are fewer.
std::int64_t default_batch_size(std::size_t rows);

/// The number of configurations.
std::size_t configuration_count(const Sweep& sweep);

/// All configurations, in row-major order of (optimizer, schedule, parameters in the order of
/// Axes::parameters, batch size, epochs). Throws InputError if an optimizer lacks a parameter.
std::vector<Configuration> configurations(const Sweep& sweep);

/// Throws an InputError that names the first problem in the sweep.
void check(const Sweep& sweep);

/// Multiply-adds of the predictions, gradients and recorded losses of one run in `space`.
double multiply_adds_per_run(const Sweep& sweep, const Configuration& configuration, Space space);

}  // namespace lrscape
