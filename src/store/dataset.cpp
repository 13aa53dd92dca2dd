#include "lrscape/dataset.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "lrscape/bound/bound_result.hpp"
#include "store/array_reader.hpp"
#include "store/group.hpp"
#include "store/members.hpp"
#include "store/opened_group.hpp"
#include "store/result_arrays.hpp"

namespace lrscape {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view type_names[] = {"float32", "float64", "int32",
                                           "int64",   "uint8",   "string"};

template <class To, class From>
std::string bytes_of(const std::vector<From>& values) {
  std::string bytes(values.size() * sizeof(To), '\0');
  for (std::size_t k = 0; k < values.size(); ++k) {
    const To value = static_cast<To>(values[k]);
    std::memcpy(bytes.data() + k * sizeof(To), &value, sizeof(To));
  }
  return bytes;
}

std::string bytes_of(const Json& number, ElementType type) {
  return type == ElementType::float64
             ? bytes_of<double>(std::vector{number.get<double>()})
             : bytes_of<std::int64_t>(std::vector{number.get<std::int64_t>()});
}

/// The elements of an array that units fill.
std::string elements(const std::string& name, ElementType type, const RunResults& results) {
  const auto reals = [&](const std::vector<double>& values) {
    return type == ElementType::float32 ? bytes_of<float>(values) : bytes_of<double>(values);
  };
  if (name == "validation_loss") return reals(results.validation_loss);
  if (name == "train_loss") return reals(results.train_loss);
  if (name == "weights") return reals(results.weights);
  if (name == "diverged_at_epoch") return bytes_of<std::int32_t>(results.diverged_at_epoch);
  return bytes_of<std::uint8_t>(results.status);
}

bool is_filled_by_units(std::string_view name) {
  return name == "validation_loss" || name == "train_loss" || name == "weights" ||
         name == "diverged_at_epoch" || name == "status";
}

/// Takes the list of coordinates out of the attributes of the arrays, as xarray does.
void mark_coordinates(std::vector<DataArray>& arrays, std::vector<Json> attributes) {
  std::set<std::string_view> coordinates;
  for (Json& one : attributes)
    if (const auto names = one.find("coordinates"); names != one.end() && names->is_string())
      for (const auto name : split(names->get_ref<const std::string&>(), ' '))
        for (const DataArray& array : arrays)
          if (array.name == name) coordinates.insert(array.name);
  for (std::size_t k = 0; k < arrays.size(); ++k) {
    attributes[k].erase("coordinates");
    arrays[k].attributes = zarr::json_text(attributes[k]);
    arrays[k].is_coordinate = coordinates.contains(arrays[k].name) ||
                              std::ranges::count(arrays[k].dimensions, arrays[k].name) > 0;
  }
}

/// Gives the array its elements: those of its only chunk, or the value of a scalar.
void put_elements(DataArray& array, const std::optional<std::string>& only_chunk,
                  const Json& value) {
  const bool is_text = array.type == ElementType::string;
  if (only_chunk && is_text)
    array.texts = zarr::decode_strings(*only_chunk).value();
  else if (only_chunk)
    array.bytes = *only_chunk;
  else if (is_text)
    array.texts = {value.get<std::string>()};
  else
    array.bytes = bytes_of(value, array.type);
}

/// An array of a group on disk as its description tells, without elements. The descriptions have
/// been verified.
DataArray described_array(const std::string& name, const Json& description) {
  const auto type =
      std::ranges::find(type_names, description.at("data_type").get_ref<const std::string&>());
  if (type == std::end(type_names)) refuse_damaged(name + "/zarr.json", "has an unknown type");
  return {name, static_cast<ElementType>(type - std::begin(type_names)),
          description.value("dimension_names", std::vector<std::string>()),
          description.at("shape").get<std::vector<std::size_t>>()};
}

std::string all_elements(const ArrayReader& reader, ElementType type) {
  if (type == ElementType::float64) return bytes_of<double>(reader.reals());
  return reader.only_chunk();
}

}  // namespace

std::string_view name_of(ElementType type) { return type_names[static_cast<std::size_t>(type)]; }

Dataset dataset_of(std::vector<zarr::Member> members, const Json& attributes) {
  Dataset dataset = {{}, zarr::json_text(attributes)};
  std::vector<Json> all;
  for (zarr::Member& member : members) {
    DataArray& array = dataset.arrays.emplace_back(
        DataArray{std::move(member.array.name), static_cast<ElementType>(member.array.type),
                  std::move(member.array.dimensions), std::move(member.array.shape)});
    if (!is_filled_by_units(array.name)) put_elements(array, member.only_chunk, member.fill_value);
    all.push_back(std::move(member.attributes));
  }
  mark_coordinates(dataset.arrays, std::move(all));
  return dataset;
}

Dataset dataset_of(const PreparedSweep& prepared, const RunResults& results,
                   const Provenance& provenance) {
  const Sweep& sweep = prepared.sweep();
  Dataset dataset = dataset_of(members_of(sweep, even_cut(sweep), sweep.problem.feature_names),
                               attributes_of(prepared, provenance));
  for (DataArray& array : dataset.arrays)
    if (is_filled_by_units(array.name)) array.bytes = elements(array.name, array.type, results);
  return dataset;
}

Dataset read_dataset(const fs::path& path) {
  const OpenedGroup group = open_group(path);
  const bool of_sweep = group.kind() != "bound";
  Result result;
  if (of_sweep)
    result = read_result(path, true);
  else
    read_bounds(path);  // Verifies the group.
  Dataset dataset = {{}, zarr::json_text(group.description.at("attributes"))};
  std::vector<Json> attributes;
  const Json::json_pointer consolidated("/consolidated_metadata/metadata");
  if (!group.description.contains(consolidated))
    refuse_damaged(path / "zarr.json", "describes no arrays");
  for (const auto& [name, description] : group.description.at(consolidated).items()) {
    DataArray array = described_array(name, description);
    if (of_sweep && is_filled_by_units(name)) {
      array.bytes = elements(name, array.type, result);
    } else if (array.shape.empty()) {
      put_elements(array, std::nullopt, description.at("fill_value"));
    } else {
      const ArrayReader reader(path, name);
      if (array.type == ElementType::string)
        put_elements(array, reader.only_chunk(), {});
      else
        array.bytes = all_elements(reader, array.type);
    }
    attributes.push_back(description.value("attributes", Json::object()));
    dataset.arrays.push_back(std::move(array));
  }
  mark_coordinates(dataset.arrays, std::move(attributes));
  return dataset;
}

}  // namespace lrscape
