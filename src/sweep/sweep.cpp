#include "lrscape/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "base/memory.hpp"
#include "base/text.hpp"
#include "lrscape/error.hpp"
#include "sweep/gram.hpp"

namespace lrscape {
namespace {

void check_axis(std::string_view name, const std::vector<double>& values, bool zero_allowed) {
  if (values.empty()) throw InputError(fmt::format("no {} given", name));
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (!std::isfinite(values[k]) || values[k] < 0 || (values[k] == 0 && !zero_allowed))
      throw InputError(fmt::format("every {} must be a finite number {} 0, not {}", name,
                                   zero_allowed ? ">=" : ">", to_text(values[k])));
    if (k > 0 && values[k] <= values[k - 1])
      throw InputError(fmt::format("{} values must increase, but {} comes after {}", name,
                                   to_text(values[k]), to_text(values[k - 1])));
  }
}

void check_count(std::string_view name, std::int64_t value, std::int64_t maximum) {
  if (value < 1 || value > maximum)
    throw InputError(fmt::format("{} must be from 1 to {}, not {}", name, maximum, value));
}

void check_row_orders(const Sweep& sweep) {
  const auto rows = static_cast<std::int64_t>(sweep.problem.features.rows);
  bool fits = std::cmp_equal(sweep.row_orders.size(), sweep.seeds);
  for (const auto& order : sweep.row_orders) {
    fits = fits && std::cmp_equal(order.size(), sweep.most_epochs() * rows);
    fits = fits && std::all_of(order.begin(), order.end(),
                               [&](std::int32_t row) { return row >= 0 && row < rows; });
  }
  if (!fits)
    throw InputError(fmt::format("row orders must be {} lists of {} x {} rows from 0 to {}",
                                 sweep.seeds, sweep.most_epochs(), rows, rows - 1));
}

void check_gram_space(const Sweep& sweep, std::span<const Configuration> all) {
  for (const OptimizerSpec& optimizer : sweep.optimizers)
    if (!can_run_in_gram_space(optimizer))
      throw InputError(fmt::format("{} cannot run in Gram space, since its update does not commute "
                                   "with rotations",
                                   optimizer.name),
                       Remedy::automatic_gram);
  if (std::ranges::any_of(all, [&](const Configuration& configuration) {
        return has_a_row_twice_in_a_batch(sweep, configuration);
      }))
    throw InputError("Gram space does not allow a batch that contains a row twice");
  const auto rows = static_cast<double>(sweep.problem.features.rows);
  const auto all_rows = rows + static_cast<double>(sweep.problem.validation_features.rows);
  check_memory("Gram space for this many rows", rows * all_rows * 2 * sizeof(double));
  if (!squares_are_in_range(sweep))
    throw InputError(
        fmt::format("Gram space needs products of features, which leave the range of {}",
                    name_of(sweep.precision)),
        Remedy::automatic_gram);
}

void check_range_of_fp32(const Problem& problem) {
  const auto refuse = [](double value, const std::string& place) {
    throw InputError(fmt::format("{} hold {}, which is beyond the range of fp32 (3.4e38)", place,
                                 to_text(value)),
                     Remedy::fp64);
  };
  const auto outside = [](double value) { return std::isinf(static_cast<float>(value)); };
  const auto check_part = [&](const Matrix& features, const std::vector<double>& targets,
                              std::string_view part) {
    const auto& values = features.values;
    if (const auto found = std::ranges::find_if(values, outside); found != values.end()) {
      const auto index = static_cast<std::size_t>(found - values.begin());
      refuse(*found,
             fmt::format("the values of {} feature {}", part, index % features.columns + 1));
    }
    if (const auto found = std::ranges::find_if(targets, outside); found != targets.end())
      refuse(*found, fmt::format("the {} targets", part));
  };
  check_part(problem.features, problem.targets, "training");
  check_part(problem.validation_features, problem.validation_targets, "validation");
}

}  // namespace

std::string_view name_of(Precision precision) {
  return precision == Precision::fp32 ? "fp32" : "fp64";
}

std::string_view name_of(MathMode math) { return math == MathMode::fast ? "fast" : "reproducible"; }

std::int64_t default_batch_size(std::size_t rows) {
  constexpr std::int64_t usual = 20;
  return std::min(usual, static_cast<std::int64_t>(rows));
}

std::size_t configuration_count(const Sweep& sweep) {
  const auto size = [](const auto& axis) { return std::max<std::size_t>(1, axis.size()); };
  std::size_t count = sweep.optimizers.size() * size(sweep.axes.schedules) *
                      size(sweep.axes.batch_sizes) * size(sweep.axes.epochs);
  for (const ParameterAxis& axis : sweep.axes.parameters) count *= axis.values.size();
  return count;
}

std::vector<Configuration> configurations(const Sweep& sweep) {
  std::vector<Configuration> all;
  for (const OptimizerSpec& optimizer : sweep.optimizers)
    all.push_back({optimizer, sweep.schedule, sweep.batch_size, sweep.epochs});
  // Replaces each configuration by one for each value of an axis.
  const auto multiply = [&](const auto& values, const auto& set) {
    if (values.empty()) return;
    std::vector<Configuration> more;
    more.reserve(all.size() * values.size());
    for (const Configuration& one : all)
      for (const auto& value : values) set(more.emplace_back(one), value);
    all = std::move(more);
  };
  multiply(sweep.axes.schedules,
           [](Configuration& one, const ScheduleSpec& value) { one.schedule = value; });
  for (const ParameterAxis& axis : sweep.axes.parameters)
    multiply(axis.values, [&](Configuration& one, double value) {
      const auto parameters = optimizer_parameters(one.optimizer.name);
      if (std::ranges::count(parameters, axis.name, &Parameter::name) == 0)
        throw InputError(fmt::format("{} has no {}, which is an axis of the sweep",
                                     one.optimizer.name, axis.name),
                         Remedy::own_parameters);
      set_parameter(one.optimizer, axis.name, value);
    });
  multiply(sweep.axes.batch_sizes,
           [](Configuration& one, std::int64_t value) { one.batch_size = value; });
  multiply(sweep.axes.epochs, [](Configuration& one, std::int64_t value) { one.epochs = value; });
  return all;
}

namespace {

template <class Value>
void check_once(std::string_view axis, const std::vector<Value>& values) {
  for (std::size_t k = 0; k < values.size(); ++k)
    if (std::find(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(k), values[k]) !=
        values.begin() + static_cast<std::ptrdiff_t>(k))
      throw InputError(fmt::format("the {} {} is given twice", axis, values[k]));
}

void check_axes(const Axes& axes) {
  check_once("batch size", axes.batch_sizes);
  check_once("number of epochs", axes.epochs);
  std::vector<std::string> schedules, parameters;
  for (const ScheduleSpec& schedule : axes.schedules) schedules.push_back(schedule.to_string());
  check_once("schedule", schedules);
  for (const ParameterAxis& axis : axes.parameters) {
    if (axis.values.empty()) throw InputError(fmt::format("no {} given", axis.name));
    check_once(axis.name, axis.values);
    parameters.push_back(axis.name);
  }
  check_once("axis", parameters);
}

}  // namespace

void check(const Sweep& sweep) {
  check(sweep.problem);
  if (sweep.precision == Precision::fp32) check_range_of_fp32(sweep.problem);
  if (sweep.optimizers.empty()) throw InputError("no optimizer given");
  if (sweep.math == MathMode::fast && sweep.precision != Precision::fp32)
    throw InputError("fast math is for fp32; fp64 is always reproducible");
  for (const auto& optimizer : sweep.optimizers) check_optimizer(optimizer);
  for (std::size_t k = 0; k < sweep.optimizers.size(); ++k)
    for (std::size_t j = 0; j < k; ++j)
      if (sweep.optimizers[j].name == sweep.optimizers[k].name &&
          sweep.optimizers[j].values == sweep.optimizers[k].values)
        throw InputError(fmt::format("the optimizer {} is given twice", sweep.optimizers[k].name));
  check_axis("learning rate", sweep.learning_rates, false);
  check_axis("weight decay", sweep.weight_decays, true);
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  check_count("the number of seeds", sweep.seeds, most);
  check_axes(sweep.axes);
  const std::vector<Configuration> all = configurations(sweep);
  for (const Configuration& one : all) check_count("the number of epochs", one.epochs, most);
  constexpr std::int64_t last_seed = std::int64_t{1} << 53;  // Readers may store seeds as doubles.
  if (sweep.first_seed < 0 || sweep.first_seed > last_seed - sweep.seeds)
    throw InputError(fmt::format("the first seed must be >= 0, not {}, and the last below {}",
                                 sweep.first_seed, last_seed));
  const auto rows = static_cast<std::int64_t>(sweep.problem.features.rows);
  for (const Configuration& one : all)
    if (one.batch_size < 1 || one.batch_size > rows)
      throw InputError(
          fmt::format("the batch size must be from 1 to {} (the number of training rows), not {}",
                      rows, one.batch_size));
  const double visits = static_cast<double>(sweep.seeds) * static_cast<double>(sweep.most_epochs());
  check_memory("the row orders for this many seeds and epochs",
               visits * static_cast<double>(rows) * sizeof(std::int32_t));
  const double runs =
      static_cast<double>(all.size()) * static_cast<double>(sweep.learning_rates.size()) *
      static_cast<double>(sweep.weight_decays.size()) * static_cast<double>(sweep.seeds);
  check_memory(fmt::format("the result of this many runs and recorded {}",
                           sweep.save_weights ? "weights" : "epochs"),
               runs * (static_cast<double>(sweep.recorded_numbers()) + 1) * sizeof(double));
  if (!sweep.row_orders.empty()) check_row_orders(sweep);
  if (sweep.gram == GramMode::on) check_gram_space(sweep, all);
  for (const Configuration& one : all) {
    check_optimizer(one.optimizer);
    check_schedule(one.schedule, one.steps(sweep.problem.features.rows));
  }
}

}  // namespace lrscape
