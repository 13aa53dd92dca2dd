#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "backend/training_view.hpp"
#include "base/memory.hpp"
#include "base/text.hpp"
#include "lrscape/error.hpp"
#include "lrscape/optimizer/list.hpp"
#include "lrscape/store.hpp"
#include "store/array_reader.hpp"
#include "store/configuration.hpp"
#include "store/files.hpp"
#include "store/group.hpp"
#include "store/opened_group.hpp"
#include "store/result_arrays.hpp"
#include "store/zarr.hpp"

namespace lrscape {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Whether a dimension of this name can be an axis of configurations.
bool is_axis(std::string_view name) {
  bool known = name == "schedule" || name == "batch_size" || name == "epochs";
  Optimizers::for_each([&]<class O>() {
    for (const Parameter& parameter : O::hyperparameters) known = known || parameter.name == name;
  });
  return known;
}

/// The axes of the configurations: the dimensions between "optimizer" and "learning_rate".
std::vector<ResultAxis> read_axes(const fs::path& group) {
  const ArrayReader losses(group, "validation_loss");
  const auto& names = losses.dimensions();
  const auto rates = std::ranges::find(names, "learning_rate");
  if (names.empty() || names.front() != "optimizer" || rates == names.end())
    refuse_damaged(group / "validation_loss" / "zarr.json", "has other dimensions than a sweep");
  std::vector<ResultAxis> axes;
  for (auto name = names.begin() + 1; name != rates; ++name) {
    if (!is_axis(*name) || std::ranges::count(names, *name) > 1)
      refuse_damaged(group / "validation_loss" / "zarr.json", "has a dimension that no sweep has");
    ResultAxis axis = {*name, {}};
    const ArrayReader coordinate(group, *name);
    const bool counts = *name == "batch_size" || *name == "epochs";
    if (*name == "schedule") {
      const auto labels = zarr::decode_strings(coordinate.only_chunk());
      if (!labels) refuse_damaged(group / *name, "is damaged");
      axis.labels = *labels;
    } else if (counts) {
      const auto values = coordinate.coordinate<std::int64_t>();
      axis = number_axis(*name, {values.begin(), values.end()});
    } else {
      axis = number_axis(*name, coordinate.coordinate<double>());
    }
    for (const double value : axis.values)
      if (!std::isfinite(value) || (counts && value < 1))
        refuse_damaged(group / *name, "has a value that no sweep has");
    if (std::set(axis.labels.begin(), axis.labels.end()).size() < axis.labels.size())
      refuse_damaged(group / *name, "has a value twice");
    axes.push_back(std::move(axis));
  }
  return axes;
}

/// Whether the sweep recorded further numbers: "train_loss" or "weights".
bool has_array(const Json& configuration, const char* key) {
  return configuration.contains(key) && configuration.at(key) == true;
}

/// The arrays that this version writes for the result's coordinates and configuration.
std::vector<zarr::Member> members_of(const Result& result, const Json& configuration) {
  Sweep sweep;
  for (const std::string& name : result.optimizers) sweep.optimizers.push_back({name, {}});
  for (const ResultAxis& axis : result.axes) {
    const std::vector<std::int64_t> counts(axis.values.begin(), axis.values.end());
    if (axis.name == "schedule")
      for (const std::string& label : axis.labels)
        sweep.axes.schedules.push_back(parse_schedule(label));
    else if (axis.name == "batch_size")
      sweep.axes.batch_sizes = counts;
    else if (axis.name == "epochs")
      sweep.axes.epochs = counts;
    else
      sweep.axes.parameters.push_back({axis.name, axis.values});
  }
  sweep.learning_rates = result.learning_rates;
  sweep.weight_decays = result.weight_decays;
  sweep.seeds = static_cast<std::int64_t>(result.seeds.size());
  sweep.record_epochs = !result.epochs.empty();
  if (sweep.axes.epochs.empty()) sweep.epochs = static_cast<std::int64_t>(result.epochs.size());
  sweep.train_loss = has_array(configuration, "train_loss");
  sweep.save_weights = has_array(configuration, "weights");
  if (configuration.contains("features") && configuration.at("features").is_number_unsigned())
    sweep.problem.features.columns = configuration.at("features").get<std::size_t>();
  if (configuration.contains("precision") && configuration.at("precision") == "fp64")
    sweep.precision = Precision::fp64;
  std::vector<zarr::Member> members = coordinates(sweep, sweep.problem.feature_names);
  for (auto& array : result_arrays(sweep, {1, 1, 1})) members.push_back(std::move(array));
  return members;
}

/// Throws unless each array that only other readers need, such as a scalar coordinate, is described
/// in its folder as in the group, and its chunk, if it has only one, is sound.
void check_further_arrays(const fs::path& group, const Json& described,
                          const std::vector<zarr::Member>& members) {
  const Json::json_pointer consolidated("/consolidated_metadata/metadata");
  if (!described.contains(consolidated) || !described.at(consolidated).is_object()) return;
  for (const auto& [name, array] : described.at(consolidated).items()) {
    if (std::ranges::any_of(members, [&, &key = name](const zarr::Member& member) {
          return member.array.name == key;
        }))
      continue;
    if (name.find('/') != name.npos) refuse_damaged(group / "zarr.json", "names a foreign array");
    const auto text = files::read(group / name / "zarr.json");
    // Text that is not JSON is discarded, which is neither equal to anything nor unequal.
    if (!text || !(nlohmann::json(zarr::parse_json(*text)) == nlohmann::json(array)))
      refuse_damaged(group / name / "zarr.json", "is not as the zarr.json of the group says");
    if (array.contains("shape") && !array.at("shape").empty())
      ArrayReader(group, name).only_chunk();
  }
}

/// Throws unless every array is described as this version writes it, apart from its chunk shape,
/// which may differ, and its attributes.
void check_descriptions(const fs::path& group, const std::vector<zarr::Member>& members) {
  const Json::json_pointer chunk_shape("/chunk_grid/configuration/chunk_shape");
  for (const auto& [array, fill_value, attributes, only_chunk] : members) {
    const fs::path file = group / array.name / "zarr.json";
    const auto text = files::read(file);
    if (!text) refuse_damaged(file, "is missing");
    const Json found = zarr::parse_json(*text);
    if (!found.is_object() || !found.contains(chunk_shape))
      refuse_damaged(file, "does not describe an array");
    Json expected = zarr::metadata(array, fill_value, attributes);
    expected[chunk_shape] = found.at(chunk_shape);
    expected.erase("attributes");
    for (const auto& [key, value] : expected.items()) {
      // The order of the keys in an object does not matter.
      const bool same =
          found.contains(key) && nlohmann::json(found.at(key)) == nlohmann::json(value);
      if (!same && key == "shape") refuse_damaged(file, "does not match the coordinates");
      if (!same)
        refuse_damaged(file,
                       fmt::format("has another {} than this version of lrscape writes", key));
    }
  }
}

/// Runs without a status have not run, whatever other chunks there are. A run with a status but
/// without a loss or weights lacks their chunk: the sweep will train it again, so it has not run.
void forget_incomplete_runs(Result& result) {
  constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
  const std::size_t all = result.status.size();
  const std::size_t each = all / std::max<std::size_t>(1, result.configuration_count());
  const std::size_t records = result.recorded_epochs();
  for (std::size_t run = 0; run < all; ++run) {
    const std::size_t last = result.recorded_epochs_of(run / each) - 1;
    const auto lacks = [&](const std::vector<double>& losses) {
      return !losses.empty() && std::isnan(losses[run * records + last]);
    };
    const std::size_t features = result.weights.size() / all;
    bool missing = result.status[run] == RunStatus::not_run || lacks(result.validation_loss) ||
                   lacks(result.train_loss);
    if (result.status[run] == RunStatus::ok && features > 0)
      missing = missing || std::isnan(result.weights[run * features]);
    if (!missing) continue;
    result.status[run] = RunStatus::not_run;
    result.diverged_at_epoch[run] = not_diverged;
    const auto forget = [&](std::vector<double>& numbers) {
      const std::size_t width = numbers.size() / all;
      std::fill_n(numbers.begin() + static_cast<std::ptrdiff_t>(run * width), width, nothing);
    };
    forget(result.validation_loss);
    forget(result.train_loss);
    forget(result.weights);
  }
}

}  // namespace

Result read_result(const fs::path& path, bool weights) {
  const auto [group, configuration] = open_group(path);
  if (configuration.contains("kind") && configuration.at("kind") == "bound")
    throw InputError(fmt::format("{} is a result of lrscape bound, not of a sweep", path.string()));

  Result result;
  result.attributes = zarr::json_text(group.at("attributes"));
  const auto names = zarr::decode_strings(ArrayReader(path, "optimizer").only_chunk());
  if (!names) refuse_damaged(path / "optimizer", "is damaged");
  result.optimizers = *names;
  result.axes = read_axes(path);
  result.learning_rates = ArrayReader(path, "learning_rate").coordinate<double>();
  result.weight_decays = ArrayReader(path, "weight_decay").coordinate<double>();
  result.seeds = ArrayReader(path, "seed").coordinate<std::int64_t>();
  if (files::type(path / "epoch") != fs::file_type::not_found)
    result.epochs = ArrayReader(path, "epoch").coordinate<std::int64_t>();

  for (const ResultAxis& axis : result.axes)
    if (axis.name == "epochs" && !result.epochs.empty() &&
        std::ranges::max(axis.values) != static_cast<double>(result.epochs.size()))
      refuse_damaged(path / "epochs", "does not match the coordinate epoch");
  const std::vector<zarr::Member> members = members_of(result, configuration);
  check_descriptions(path, members);
  check_further_arrays(path, group, members);
  std::vector<std::size_t> runs = {result.optimizers.size()};
  for (const ResultAxis& axis : result.axes) runs.push_back(axis.labels.size());
  for (const std::size_t size :
       {result.learning_rates.size(), result.weight_decays.size(), result.seeds.size()})
    runs.push_back(size);
  double values = 1;
  for (const std::size_t size : runs) values *= static_cast<double>(size);
  values *= static_cast<double>(std::max<std::size_t>(1, result.epochs.size()));
  check_memory(fmt::format("the result {}", path.string()), 2 * sizeof(double) * values);
  std::vector<std::size_t> records = runs;
  if (!result.epochs.empty()) records.push_back(result.epochs.size());
  const auto array = [&](const std::string& name, const std::vector<std::size_t>& shape) {
    ArrayReader reader(path, name);
    reader.expect_shape(shape);
    return reader;
  };
  // The status of a unit is written last. Read first, it tells of no unit whose other chunks
  // another process has yet to write.
  const auto status = array("status", runs);
  if (status.type() != "uint8") refuse_damaged(path / "status" / "zarr.json", "is not uint8");
  for (const auto value : status.read<std::uint8_t>(std::uint8_t{255})) {
    if (value > 1 && value != 255)
      refuse_damaged(path / "status", fmt::format("holds the unknown status {}", value));
    result.status.push_back(static_cast<RunStatus>(value));
  }
  const auto validation_loss = array("validation_loss", records);
  result.precision = validation_loss.type() == "float32" ? Precision::fp32 : Precision::fp64;
  result.validation_loss = validation_loss.reals();
  if (has_array(configuration, "train_loss"))
    result.train_loss = array("train_loss", records).reals();
  if (weights && has_array(configuration, "weights")) {
    std::vector<std::size_t> shape = runs;
    shape.push_back(configuration.value("features", std::size_t{0}));
    double numbers = 1;
    for (const std::size_t size : shape) numbers *= static_cast<double>(size);
    check_memory(fmt::format("the weights of {}", path.string()), sizeof(double) * numbers);
    result.weights = array("weights", shape).reals();
  }
  result.diverged_at_epoch =
      array("diverged_at_epoch", runs).read<std::int32_t>(std::int32_t{not_diverged});
  forget_incomplete_runs(result);
  for (std::size_t run = 0; run < result.status.size(); ++run)
    if (result.status[run] != RunStatus::not_run &&
        (result.status[run] == RunStatus::diverged) ==
            (result.diverged_at_epoch[run] == not_diverged))
      refuse_damaged(path / "diverged_at_epoch", "does not match the status of the runs");
  return result;
}

}  // namespace lrscape
