#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "lrscape/result.hpp"

namespace lrscape {

RunResults empty_results(const Sweep& sweep, std::size_t runs) {
  const std::size_t records = runs * static_cast<std::size_t>(sweep.recorded_epochs());
  RunResults result;
  result.validation_loss.resize(records, std::numeric_limits<double>::quiet_NaN());
  if (sweep.train_loss) result.train_loss = result.validation_loss;
  result.status.resize(runs, RunStatus::not_run);
  result.diverged_at_epoch.resize(runs, -1);
  if (sweep.save_weights)
    result.weights.resize(runs * sweep.problem.features.columns,
                          std::numeric_limits<double>::quiet_NaN());
  return result;
}

void copy_run(const RunResults& from, std::size_t from_run, RunResults& to, std::size_t to_run) {
  const auto copy = [&](const std::vector<double>& source, std::vector<double>& target) {
    if (target.empty()) return;
    const std::size_t width = source.size() / from.status.size();
    std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(from_run * width), width,
                target.begin() + static_cast<std::ptrdiff_t>(to_run * width));
  };
  copy(from.validation_loss, to.validation_loss);
  copy(from.train_loss, to.train_loss);
  copy(from.weights, to.weights);
  to.status[to_run] = from.status[from_run];
  to.diverged_at_epoch[to_run] = from.diverged_at_epoch[from_run];
}

std::vector<std::string> optimizer_labels(const Sweep& sweep) {
  std::vector<std::string> labels;
  for (const OptimizerSpec& spec : sweep.optimizers) {
    std::string text;
    const auto parameters =
        spec.values.empty() ? std::span<const Parameter>() : optimizer_parameters(spec.name);
    for (std::size_t k = 0; k < parameters.size(); ++k) {
      bool differs = false;
      for (const OptimizerSpec& other : sweep.optimizers)
        differs = differs || (other.name == spec.name && other.values[k] != spec.values[k]);
      if (differs)
        text += fmt::format("{}{}={}", text.empty() ? ":" : ",", parameters[k].name,
                            parameters[k].kind == Parameter::Kind::flag
                                ? (spec.values[k] != 0 ? "true" : "false")
                                : to_text(spec.values[k]));
    }
    labels.push_back(spec.name + text);
  }
  return labels;
}

ResultAxis number_axis(std::string name, std::vector<double> values) {
  ResultAxis axis = {std::move(name), {}, std::move(values)};
  for (const double value : axis.values) axis.labels.push_back(to_text(value));
  return axis;
}

std::vector<ResultAxis> result_axes(const Sweep& sweep) {
  std::vector<ResultAxis> all;
  const auto add = [&](const std::string& name, std::vector<double> values) {
    if (values.size() > 1) all.push_back(number_axis(name, std::move(values)));
  };
  if (sweep.axes.schedules.size() > 1) {
    ResultAxis& axis = all.emplace_back(ResultAxis{"schedule", {}});
    for (const ScheduleSpec& schedule : sweep.axes.schedules)
      axis.labels.push_back(schedule.to_string());
  }
  for (const ParameterAxis& axis : sweep.axes.parameters) add(axis.name, axis.values);
  const auto& batches = sweep.axes.batch_sizes;
  const auto& epochs = sweep.axes.epochs;
  add("batch_size", {batches.begin(), batches.end()});
  add("epochs", {epochs.begin(), epochs.end()});
  return all;
}

std::size_t Result::configuration_count() const {
  std::size_t count = optimizers.size();
  for (const ResultAxis& axis : axes) count *= axis.labels.size();
  return count;
}

std::vector<std::size_t> Result::place_of(std::size_t configuration) const {
  std::vector<std::size_t> place(axes.size() + 1);
  for (std::size_t k = axes.size(); k > 0; --k) {
    place[k] = configuration % axes[k - 1].labels.size();
    configuration /= axes[k - 1].labels.size();
  }
  place[0] = configuration;
  return place;
}

std::size_t Result::recorded_epochs_of(std::size_t configuration) const {
  const auto axis = std::ranges::find(axes, "epochs", &ResultAxis::name);
  if (epochs.empty() || axis == axes.end()) return recorded_epochs();
  const std::size_t place =
      place_of(configuration)[static_cast<std::size_t>(axis - axes.begin()) + 1];
  return std::min(recorded_epochs(), static_cast<std::size_t>(axis->values[place]));
}

std::string Result::label_of(std::size_t configuration) const {
  const auto place = place_of(configuration);
  std::string text = optimizers[place[0]];
  for (std::size_t k = 0; k < axes.size(); ++k)
    text += axes[k].name == "schedule"
                ? fmt::format(" {}", axes[k].labels[place[k + 1]])
                : fmt::format(" {}={}", axes[k].name, axes[k].labels[place[k + 1]]);
  return text;
}

}  // namespace lrscape
