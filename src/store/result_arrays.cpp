#include "store/result_arrays.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "store/files.hpp"

namespace lrscape {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using zarr::DataType;

zarr::Array per_run(const Sweep& sweep, const Cut& cut, std::string name, DataType type) {
  return {std::move(name),
          type,
          {sweep.optimizers.size(), sweep.learning_rates.size(), sweep.weight_decays.size(),
           static_cast<std::size_t>(sweep.seeds)},
          {1, cut.learning_rates, cut.weight_decays, cut.seeds},
          {"optimizer", "learning_rate", "weight_decay", "seed"}};
}

zarr::Member losses(const Sweep& sweep, const Cut& cut, const std::string& name,
                    const std::string& meaning) {
  auto array = per_run(sweep, cut, name,
                       sweep.precision == Precision::fp32 ? DataType::float32 : DataType::float64);
  if (sweep.record_epochs) {
    const auto epochs = static_cast<std::size_t>(sweep.epochs);
    array.shape.push_back(epochs);
    array.chunk_shape.push_back(epochs);
    array.dimensions.emplace_back("epoch");
  }
  return zarr::make_member(std::move(array), "NaN", {{"long_name", meaning}});
}

/// Reads the cut from an array's zarr.json. Returns nothing if it contains no valid cut.
std::optional<Cut> cut_in(const Json& array) {
  const Json::json_pointer chunks("/chunk_grid/configuration/chunk_shape");
  if (!array.is_object() || !array.contains(chunks) || !array.at(chunks).is_array())
    return std::nullopt;
  std::vector<std::size_t> sizes;
  for (const Json& size : array.at(chunks)) {
    if (!size.is_number_unsigned() || size == 0) return std::nullopt;
    sizes.push_back(size.get<std::size_t>());
  }
  if (sizes.size() < 4 || sizes[0] != 1) return std::nullopt;
  return Cut{sizes[1], sizes[2], sizes[3]};
}

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Calls value(run * records + record) for each place of the chunk inside the unit, and fill() for
/// each place outside.
template <class Value, class Fill>
void for_each_place(const zarr::Array& array, const Unit& unit, Value value, Fill fill) {
  const auto& chunk = array.chunk_shape;
  const std::size_t records = chunk.size() > 4 ? chunk[4] : 1;
  for (std::size_t i = 0; i < chunk[1]; ++i)
    for (std::size_t j = 0; j < chunk[2]; ++j)
      for (std::size_t s = 0; s < chunk[3]; ++s) {
        const bool inside = i < unit.learning_rates.size() && j < unit.weight_decays.size() &&
                            s < unit.seeds.size();
        const std::size_t run = (i * unit.weight_decays.size() + j) * unit.seeds.size() + s;
        for (std::size_t record = 0; record < records; ++record)
          inside ? value(run * records + record) : fill();
      }
}

}  // namespace

std::vector<zarr::Member> result_arrays(const Sweep& sweep, const Cut& cut) {
  std::vector<zarr::Member> arrays = {
      losses(sweep, cut, "validation_loss", "mean squared error on the validation rows")};
  if (sweep.train_loss)
    arrays.push_back(losses(sweep, cut, "train_loss", "mean squared error on the training rows"));
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
  return arrays;
}

bool has_chunk(const zarr::Array& array, std::span<const RunStatus> statuses) {
  return array.name != "diverged_at_epoch" ||
         std::ranges::find(statuses, RunStatus::diverged) != statuses.end();
}

std::vector<zarr::Member> coordinates(const Sweep& sweep) {
  std::vector<std::string> names;
  for (const auto& spec : sweep.optimizers) names.push_back(spec.name);
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
  if (sweep.record_epochs) {
    std::vector<std::int64_t> epochs;
    for (std::int64_t epoch = 1; epoch <= sweep.epochs; ++epoch) epochs.push_back(epoch);
    members.push_back(zarr::coordinate("epoch", DataType::int64, epochs.size(), 0, "epochs trained",
                                       zarr::raw(epochs)));
  }
  return members;
}

std::optional<Cut> stored_cut(const fs::path& path) {
  const auto parsed = [](const fs::path& file) {
    const auto text = files::read(file);
    return text ? zarr::parse_json(*text) : Json();
  };
  std::vector<Cut> told;
  const auto hear = [&](const Json& array) {
    if (const auto cut = cut_in(array)) told.push_back(*cut);
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
  const auto put_losses = [&](const std::vector<double>& losses) {
    const auto add = [&](double loss) {
      sweep.precision == Precision::fp32 ? append(bytes, static_cast<float>(loss))
                                         : append(bytes, loss);
    };
    for_each_place(
        array, unit, [&](std::size_t k) { add(losses[k]); },
        [&] { add(std::numeric_limits<double>::quiet_NaN()); });
  };
  if (array.name == "validation_loss") put_losses(results.validation_loss);
  if (array.name == "train_loss") put_losses(results.train_loss);
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
