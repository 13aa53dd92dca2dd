#include "store/configuration.hpp"

#include <fmt/format.h>
#include <isa-l/crc64.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "build_info.hpp"
#include "lrscape/error.hpp"
#include "lrscape/optimizer/list.hpp"
#include "store/group.hpp"

namespace lrscape {
namespace {

using Json = nlohmann::ordered_json;

std::string checksum_of_bytes(const void* data, std::size_t size) {
  const auto crc = crc64_ecma_refl(0, static_cast<const unsigned char*>(data), size);
  return fmt::format("crc64:{:016x}", crc);
}

/// Without the parameters that have an axis of their own.
Json optimizer_json(const OptimizerSpec& spec, std::span<const ParameterAxis> axes) {
  Json json = {{"name", spec.name}};
  const auto parameters = optimizer_parameters(spec.name);
  for (std::size_t k = 0; k < parameters.size(); ++k)
    if (std::ranges::count(axes, parameters[k].name, &ParameterAxis::name) == 0)
      json[std::string(parameters[k].name)] = spec.values[k];
  return json;
}

}  // namespace

std::string checksum(std::span<const double> values) {
  return checksum_of_bytes(values.data(), values.size_bytes());
}

namespace {

/// The space of each optimizer or, if it depends on other axes, of each configuration.
Json spaces_json(const PreparedSweep& prepared) {
  const auto spaces = prepared.spaces();
  const std::size_t optimizers = prepared.sweep().optimizers.size();
  const std::size_t each = spaces.size() / optimizers;
  bool by_optimizer = true;
  for (std::size_t k = 0; k < spaces.size(); ++k)
    by_optimizer = by_optimizer && spaces[k] == spaces[k / each * each];
  Json json = Json::array();
  for (std::size_t k = 0; k < spaces.size(); k += by_optimizer ? each : 1)
    json.push_back(spaces[k] == Space::gram ? "gram" : "weights");
  return json;
}

/// Covers the values, since another math library may round a schedule differently: one checksum or,
/// if schedules, batch sizes or epochs have an axis, one for each combination.
Json schedule_checksums(const PreparedSweep& prepared) {
  const Axes& axes = prepared.sweep().axes;
  const auto size = [](const auto& axis) { return std::max<std::size_t>(1, axis.size()); };
  const std::size_t counts = size(axes.batch_sizes) * size(axes.epochs);
  std::size_t parameters = 1;
  for (const ParameterAxis& axis : axes.parameters) parameters *= axis.values.size();
  Json json = Json::array();
  for (std::size_t schedule = 0; schedule < size(axes.schedules); ++schedule)
    for (std::size_t k = 0; k < counts; ++k)
      json.push_back(checksum(prepared.eta(schedule * parameters * counts + k)));
  return json.size() == 1 ? json[0] : json;
}

}  // namespace

Json configuration(const PreparedSweep& prepared) {
  const Sweep& sweep = prepared.sweep();
  const Problem& problem = sweep.problem;
  Json optimizers = Json::array();
  for (const OptimizerSpec& spec : sweep.optimizers)
    optimizers.push_back(optimizer_json(spec, sweep.axes.parameters));
  // An axis with one value is written as a single value, as before there were axes.
  const auto values = [](const Json& axis, const Json& single) {
    return axis.empty() ? single : axis.size() == 1 ? axis[0] : axis;
  };
  std::vector<std::string> schedules;
  for (const ScheduleSpec& one : sweep.axes.schedules) schedules.push_back(one.to_string());
  Json row_orders = "drawn from the seed";
  if (!sweep.row_orders.empty()) {
    std::vector<std::int32_t> all;
    for (const auto& order : sweep.row_orders) all.insert(all.end(), order.begin(), order.end());
    row_orders = checksum_of_bytes(all.data(), all.size() * sizeof(std::int32_t));
  }
  Json json = {
      {"kind", "sweep"},
      {"numerics", numerics_version},
      {"precision", name_of(sweep.precision)},
      {"math", name_of(sweep.math)},
      {"optimizers", optimizers},
      {"spaces", spaces_json(prepared)},
      {"schedule", values(schedules, sweep.schedule.to_string())},
      {"epochs", values(sweep.axes.epochs, sweep.epochs)},
      {"batch_size", values(sweep.axes.batch_sizes, sweep.batch_size)},
      {"first_seed", sweep.first_seed},
      {"seeds", sweep.seeds},
      {"random_generator", "philox4x32-10"},
      {"row_orders", row_orders},
      {"recorded", sweep.record_epochs ? "epoch" : "final"},
      {"train_loss", sweep.train_loss},
      {"train_rows", problem.features.rows},
      {"validation_rows", problem.validation_features.rows},
      {"features", problem.features.columns},
      {"learning_rates", sweep.learning_rates.size()},
      {"weight_decays", sweep.weight_decays.size()},
      {"schedule_values", schedule_checksums(prepared)},
      {"train_features", checksum(problem.features.values)},
      {"train_targets", checksum(problem.targets)},
      {"validation_features", checksum(problem.validation_features.values)},
      {"validation_targets", checksum(problem.validation_targets)},
      {"learning_rate_values", checksum(sweep.learning_rates)},
      {"weight_decay_values", checksum(sweep.weight_decays)},
  };
  // Written only when set, so that results of earlier versions have the same configuration.
  if (sweep.save_weights) json["weights"] = true;
  for (const ParameterAxis& axis : sweep.axes.parameters)
    json["parameters"][axis.name] = axis.values;
  return json;
}

Json configuration(const BoundSweep& sweep, const std::vector<double>& gammas) {
  constexpr std::string_view formulas[] = {"last iterate", "average iterate", "orabona"};
  constexpr std::string_view methods[] = {"auto", "direct", "fmm"};
  // The checksum also covers the values of lists read from files.
  std::string lists;
  Json schedules = Json::array();
  for (const auto& schedule : sweep.schedules) {
    if (schedules.size() < 1000) schedules.push_back(schedule.to_string());
    lists += schedule.to_string() + "\n";
    for (const auto& list : schedule.lists) lists += checksum(list);
  }
  Json json = {
      {"kind", "bound"},
      {"numerics", numerics_version},
      {"formula", formulas[static_cast<int>(sweep.formula)]},
      {"method", methods[static_cast<int>(sweep.method)]},
      {"schedules", sweep.schedules.size()},
      {"first_schedules", schedules},
      {"steps", sweep.steps},
      {"horizons", sweep.anytime ? Json("anytime") : Json(sweep.horizons)},
      {"steps_per_epoch", sweep.steps_per_epoch},
      {"gradient_norms", sweep.norms.to_string()},
      {"distance", sweep.distance},
      {"gammas", gammas},
      {"schedule_texts", checksum_of_bytes(lists.data(), lists.size())},
      {"gradient_norm_values", checksum(sweep.norms.values)},
  };
  // Earlier versions counted the steps of some schedules from the start of the warmup, and results
  // of bounds hold no values that would tell.
  if (std::ranges::any_of(sweep.schedules, [](const ScheduleSpec& schedule) {
        return schedule.envelope.warmup > 0;
      }))
    json["warmups"] = "before the own steps of the schedule";
  return json;
}

std::optional<Json> stored_configuration(const std::filesystem::path& group,
                                         const Json& described) {
  const Json::json_pointer pointer("/attributes/configuration");
  if (!described.is_object() || !described.contains(pointer)) return std::nullopt;
  const Json& stored = described.at(pointer);
  const std::string text = stored.is_string() ? stored.get<std::string>() : zarr::json_text(stored);
  const Json& attributes = described.at("attributes");
  if (attributes.contains("configuration_hash") &&
      attributes.at("configuration_hash") != checksum_of_bytes(text.data(), text.size()))
    throw InputError(fmt::format("{} is damaged: the configuration in its zarr.json does not match "
                                 "the stored hash",
                                 group.string()),
                     Remedy::rerun_or_remove);
  Json configuration = stored.is_string() ? zarr::parse_json(text) : stored;
  if (!configuration.is_object()) return std::nullopt;
  return configuration;
}

Json group_attributes(const std::string& title, const Json& configuration,
                      const Provenance& provenance) {
  const std::string text = zarr::json_text(configuration);
  return {{"title", title},
          {"configuration", text},
          {"configuration_hash", checksum_of_bytes(text.data(), text.size())},
          {"version", build_info::version},
          {"commit", build_info::commit},
          {"compiler", build_info::compiler},
          {"flags", build_info::flags},
          {"device", provenance.device},
          {"driver", provenance.driver},
          {"command_line", provenance.command_line}};
}

}  // namespace lrscape
