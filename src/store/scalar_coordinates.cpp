#include "store/scalar_coordinates.hpp"

#include <algorithm>
#include <optional>

namespace lrscape {
namespace {

using zarr::DataType;

/// The value of a hyper-parameter, if all configurations have it and it is the same in all.
std::optional<double> common_value(std::span<const Configuration> all, std::string_view name) {
  std::optional<double> common;
  for (const Configuration& one : all) {
    const auto parameters = optimizer_parameters(one.optimizer.name);
    const auto found = std::ranges::find(parameters, name, &Parameter::name);
    if (found == parameters.end()) return std::nullopt;
    const double value = one.optimizer.values[static_cast<std::size_t>(found - parameters.begin())];
    if (common && *common != value) return std::nullopt;
    common = value;
  }
  return common;
}

}  // namespace

std::vector<zarr::Member> scalar_coordinates(const Sweep& sweep) {
  const std::vector<Configuration> all = configurations(sweep);
  std::vector<zarr::Member> members;
  const auto add = [&](std::string_view name, DataType type, const nlohmann::ordered_json& value,
                       std::string_view long_name) {
    members.push_back(zarr::make_member({std::string(name), type, {}, {}, {}}, value,
                                        {{"long_name", long_name}}));
  };
  if (sweep.axes.schedules.size() < 2)
    add("schedule", DataType::string, all.front().schedule.to_string(), "learning-rate schedule");
  for (const Parameter& parameter : optimizer_parameters(all.front().optimizer.name))
    if (const auto value = common_value(all, parameter.name);
        value && parameter.kind == Parameter::Kind::number)
      add(parameter.name, DataType::float64, *value, parameter.name);
  if (sweep.axes.batch_sizes.size() < 2)
    add("batch_size", DataType::int64, all.front().batch_size, "rows per step");
  if (sweep.axes.epochs.size() < 2)
    add("epochs", DataType::int64, all.front().epochs, "number of epochs of the run");
  return members;
}

}  // namespace lrscape
