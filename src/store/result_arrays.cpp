#include "store/result_arrays.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "store/files.hpp"
#include "store/schedule_coordinates.hpp"

namespace lrscape {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using zarr::DataType;

zarr::Array per_run(const Sweep& sweep, const Cut& cut, std::string name, DataType type) {
  zarr::Array array = {std::move(name), type, {sweep.optimizers.size()}, {1}, {"optimizer"}};
  const auto add = [&](const std::string& dimension, std::size_t size, std::size_t chunk) {
    array.shape.push_back(size);
    array.chunk_shape.push_back(chunk);
    array.dimensions.push_back(dimension);
  };
  for (const ResultAxis& axis : result_axes(sweep)) add(axis.name, axis.labels.size(), 1);
  add("learning_rate", sweep.learning_rates.size(), cut.learning_rates);
  add("weight_decay", sweep.weight_decays.size(), cut.weight_decays);
  add("seed", static_cast<std::size_t>(sweep.seeds), cut.seeds);
  return array;
}

/// An array with a further dimension, as long as its chunks.
void append_dimension(zarr::Array& array, const std::string& name, std::size_t size) {
  array.shape.push_back(size);
  array.chunk_shape.push_back(size);
  array.dimensions.push_back(name);
}

DataType real_type(const Sweep& sweep) {
  return sweep.precision == Precision::fp32 ? DataType::float32 : DataType::float64;
}

zarr::Member losses(const Sweep& sweep, const Cut& cut, const std::string& name,
                    const std::string& meaning) {
  auto array = per_run(sweep, cut, name, real_type(sweep));
  if (sweep.record_epochs)
    append_dimension(array, "epoch", static_cast<std::size_t>(sweep.most_epochs()));
  return zarr::make_member(std::move(array), "NaN", {{"long_name", meaning}});
}

/// Reads the cut from an array's zarr.json, whose first `leading` dimensions are those of the
/// configurations. Returns nothing if it contains no valid cut.
std::optional<Cut> cut_in(const Json& array, std::size_t leading) {
  const Json::json_pointer chunks("/chunk_grid/configuration/chunk_shape");
  if (!array.is_object() || !array.contains(chunks) || !array.at(chunks).is_array())
    return std::nullopt;
  std::vector<std::size_t> sizes;
  for (const Json& size : array.at(chunks)) {
    if (!size.is_number_unsigned() || size == 0) return std::nullopt;
    sizes.push_back(size.get<std::size_t>());
  }
  if (sizes.size() < leading + 3) return std::nullopt;
  for (std::size_t k = 0; k < leading; ++k)
    if (sizes[k] != 1) return std::nullopt;
  return Cut{sizes[leading], sizes[leading + 1], sizes[leading + 2]};
}

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Calls value(run * entries + entry) for each place of the chunk inside the unit, where a run has
/// several entries if the array has an epoch or a feature dimension, and fill() for each place
/// outside.
template <class Value, class Fill>
void for_each_place(const zarr::Array& array, const Unit& unit, Value value, Fill fill) {
  const auto chunk_along = [&](std::string_view dimension) {
    const auto found = std::ranges::find(array.dimensions, dimension);
    return found == array.dimensions.end()
               ? 1
               : array.chunk_shape[static_cast<std::size_t>(found - array.dimensions.begin())];
  };
  const std::size_t entries = chunk_along("epoch") * chunk_along("feature");
  const std::size_t rates = chunk_along("learning_rate");
  const std::size_t decays = chunk_along("weight_decay");
  const std::size_t seeds = chunk_along("seed");
  for (std::size_t i = 0; i < rates; ++i)
    for (std::size_t j = 0; j < decays; ++j)
      for (std::size_t s = 0; s < seeds; ++s) {
        const bool inside = i < unit.learning_rates.size() && j < unit.weight_decays.size() &&
                            s < unit.seeds.size();
        const std::size_t run = (i * unit.weight_decays.size() + j) * unit.seeds.size() + s;
        for (std::size_t entry = 0; entry < entries; ++entry)
          inside ? value(run * entries + entry) : fill();
      }
}

}  // namespace

std::vector<zarr::Member> result_arrays(const Sweep& sweep, const Cut& cut) {
  std::vector<zarr::Member> arrays = {
      losses(sweep, cut, "validation_loss", "mean squared error on the validation rows")};
  if (sweep.train_loss)
    arrays.push_back(losses(sweep, cut, "train_loss", "mean squared error on the training rows"));
  if (sweep.save_weights) {
    auto weights = per_run(sweep, cut, "weights", real_type(sweep));
    append_dimension(weights, "feature", sweep.problem.features.columns);
    arrays.push_back(zarr::make_member(
        std::move(weights), "NaN",
        {{"long_name", "weights after the last epoch"}, {"comment", "NaN if the run diverged"}}));
  }
  arrays.push_back(
      zarr::make_member(per_run(sweep, cut, "diverged_at_epoch", DataType::int32), -1,
                        {{"long_name", "epoch at which the run diverged, or -1"},
                         {"comment",
                          "the first epoch that left a weight that is not finite or, if none did, "
                          "the last epoch if its validation loss is not finite"}}));
  arrays.push_back(zarr::make_member(per_run(sweep, cut, "status", DataType::uint8), 255,
                                     {{"long_name", "what became of the run"},
                                      {"flag_values", {0, 1, 255}},
                                      {"flag_meanings", "ok diverged not_run"}}));
  if (sweep.axes.schedules.size() > 1) {
    const std::string auxiliary = schedule_coordinates(sweep.axes.schedules).auxiliary;
    for (zarr::Member& member : arrays) member.attributes["coordinates"] = auxiliary;
  }
  return arrays;
}

bool has_chunk(const zarr::Array& array, std::span<const RunStatus> statuses) {
  return array.name != "diverged_at_epoch" ||
         std::ranges::find(statuses, RunStatus::diverged) != statuses.end();
}

std::vector<zarr::Member> coordinates(const Sweep& sweep,
                                      const std::vector<std::string>& feature_names) {
  const std::vector<std::string> names = optimizer_labels(sweep);
  std::vector<std::int64_t> seeds;
  for (std::int64_t seed = 0; seed < sweep.seeds; ++seed) seeds.push_back(sweep.first_seed + seed);
  std::vector<zarr::Member> members = {
      zarr::coordinate("optimizer", DataType::string, names.size(), "", "optimizer",
                       zarr::encode_strings(names)),
      zarr::coordinate("learning_rate", DataType::float64, sweep.learning_rates.size(), "NaN",
                       "learning rate", zarr::raw(sweep.learning_rates)),
      zarr::coordinate("weight_decay", DataType::float64, sweep.weight_decays.size(), "NaN",
                       "weight decay", zarr::raw(sweep.weight_decays)),
      zarr::coordinate("seed", DataType::int64, seeds.size(), 0, "seed of the order of the rows",
                       zarr::raw(seeds))};
  for (const ResultAxis& axis : result_axes(sweep)) {
    if (axis.name == "schedule") {
      for (zarr::Member& member : schedule_coordinates(sweep.axes.schedules).members)
        members.push_back(std::move(member));
    } else if (axis.name == "batch_size" || axis.name == "epochs") {
      const std::vector<std::int64_t> counts(axis.values.begin(), axis.values.end());
      members.push_back(
          zarr::coordinate(axis.name, DataType::int64, counts.size(), 0,
                           axis.name == "epochs" ? "number of epochs of the run" : "rows per step",
                           zarr::raw(counts)));
    } else {
      members.push_back(zarr::coordinate(axis.name, DataType::float64, axis.values.size(), "NaN",
                                         axis.name, zarr::raw(axis.values)));
    }
  }
  if (sweep.save_weights && !feature_names.empty())
    members.push_back(zarr::coordinate("feature", DataType::string, feature_names.size(), "",
                                       "name of the feature", zarr::encode_strings(feature_names)));
  if (sweep.record_epochs) {
    std::vector<std::int64_t> epochs;
    for (std::int64_t epoch = 1; epoch <= sweep.most_epochs(); ++epoch) epochs.push_back(epoch);
    members.push_back(zarr::coordinate("epoch", DataType::int64, epochs.size(), 0, "epochs trained",
                                       zarr::raw(epochs)));
  }
  return members;
}

std::optional<zarr::Member> split_of_rows(const Problem& problem) {
  if (problem.split.empty()) return std::nullopt;
  const std::size_t rows = problem.split.size();
  return zarr::make_member({"split", DataType::uint8, {rows}, {rows}, {"row"}}, 255,
                           {{"long_name", "use of each row of the table, counted from 0"},
                            {"flag_values", {0, 1, 2}},
                            {"flag_meanings", "training validation left_out"}},
                           zarr::raw(problem.split));
}

std::optional<Cut> stored_cut(const fs::path& path, const Sweep& sweep) {
  const std::size_t leading = result_axes(sweep).size() + 1;
  const auto parsed = [](const fs::path& file) {
    const auto text = files::read(file);
    return text ? zarr::parse_json(*text) : Json();
  };
  std::vector<Cut> told;
  const auto hear = [&](const Json& array) {
    if (const auto cut = cut_in(array, leading)) told.push_back(*cut);
  };
  const Json group = parsed(path / "zarr.json");
  for (const std::string name : {"validation_loss", "train_loss", "diverged_at_epoch", "status"}) {
    const Json::json_pointer described("/consolidated_metadata/metadata/" + name);
    if (group.is_object() && group.contains(described)) hear(group.at(described));
    hear(parsed(path / name / "zarr.json"));
  }
  // The majority decides, since a damaged zarr.json may still contain a plausible cut.
  std::optional<Cut> most;
  std::ptrdiff_t votes = 0;
  for (const Cut& cut : told)
    if (const auto count = std::ranges::count(told, cut); count > votes) {
      most = cut;
      votes = count;
    }
  return most;
}

std::string encode_chunk(const zarr::Array& array, const Sweep& sweep, const Unit& unit,
                         const RunResults& results) {
  std::string bytes;
  const auto put_reals = [&](const std::vector<double>& values) {
    const auto add = [&](double value) {
      sweep.precision == Precision::fp32 ? append(bytes, static_cast<float>(value))
                                         : append(bytes, value);
    };
    for_each_place(
        array, unit, [&](std::size_t k) { add(values[k]); },
        [&] { add(std::numeric_limits<double>::quiet_NaN()); });
  };
  if (array.name == "validation_loss") put_reals(results.validation_loss);
  if (array.name == "train_loss") put_reals(results.train_loss);
  if (array.name == "weights") put_reals(results.weights);
  if (array.name == "diverged_at_epoch")
    for_each_place(
        array, unit, [&](std::size_t k) { append(bytes, results.diverged_at_epoch[k]); },
        [&] { append(bytes, std::int32_t{-1}); });
  if (array.name == "status")
    for_each_place(
        array, unit, [&](std::size_t k) { append(bytes, results.status[k]); },
        [&] { append(bytes, RunStatus::not_run); });
  return bytes;
}

}  // namespace lrscape
