#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "backend/training_view.hpp"
#include "base/memory.hpp"
#include "base/text.hpp"
#include "lrscape/error.hpp"
#include "lrscape/optimizer/list.hpp"
#include "lrscape/store.hpp"
#include "store/configuration.hpp"
#include "store/files.hpp"
#include "store/group.hpp"
#include "store/result_arrays.hpp"
#include "store/zarr.hpp"

namespace lrscape {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

[[noreturn]] void damaged(const fs::path& file, std::string_view how) {
  throw InputError(fmt::format("{} {}; run the same sweep again to repair it", file.string(), how));
}

/// One array of a result, as its own zarr.json describes it.
class ArrayReader {
 public:
  ArrayReader(const fs::path& group, std::string name) : folder_(group / name) {
    const fs::path file = folder_ / "zarr.json";
    const auto text = files::read(file);
    if (!text) damaged(file, "is missing");
    const Json json = zarr::parse_json(*text);
    bool sound = true;
    try {
      array_.name = std::move(name);
      type_ = json.at("data_type").get<std::string>();
      const auto sizes = [&](const Json& list) {
        std::vector<std::size_t> values;
        for (const auto& size : list) {
          // A negative or malformed number counts as 0. No size in a result reaches 2^31.
          const auto value = size.is_number_unsigned() ? size.get<std::uint64_t>() : 0;
          sound = sound && value > 0 && value < 1U << 31;
          values.push_back(value);
        }
        return values;
      };
      array_.shape = sizes(json.at("shape"));
      if (json.contains("dimension_names"))
        array_.dimensions = json.at("dimension_names").get<std::vector<std::string>>();
      array_.chunk_shape = sizes(json.at("chunk_grid").at("configuration").at("chunk_shape"));
    } catch (const Json::exception&) {
      sound = false;
    }
    sound = sound && !array_.shape.empty() && array_.shape.size() == array_.chunk_shape.size();
    sound = sound && zarr::chunk_bytes(array_.chunk_shape, sizeof(double)) < zarr::most_chunk_bytes;
    if (!sound) damaged(file, "does not describe an array");
  }

  /// Throws unless the array has this shape. Call it before allocating memory of the array's size.
  void expect_shape(const std::vector<std::size_t>& shape) const {
    if (array_.shape != shape) damaged(folder_ / "zarr.json", "does not match the coordinates");
  }

  const std::string& type() const { return type_; }
  const std::vector<std::string>& dimensions() const { return array_.dimensions; }

  /// The bytes of a coordinate's only chunk, without the checksum, which must match.
  std::string only_chunk() const {
    const std::vector<std::size_t> first(array_.shape.size());
    auto bytes = chunk(first, 0);
    if (!bytes) damaged(folder_ / zarr::chunk_file(first), "is missing");
    return *bytes;
  }

  /// A coordinate's numbers.
  template <class T>
  std::vector<T> coordinate() const {
    const std::string bytes = only_chunk();
    if (bytes.size() != array_.shape[0] * sizeof(T))
      damaged(folder_ / zarr::chunk_file(std::vector<std::size_t>{0}), "has the wrong length");
    std::vector<T> values(array_.shape[0]);
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }

  /// All elements in row-major order, converted to `To`. Elements of missing chunks are `fill`.
  template <class Stored, class To>
  std::vector<To> read(To fill) const {
    const std::size_t rank = array_.shape.size();
    std::size_t count = 1;
    for (const auto size : array_.shape) count *= size;
    std::vector<To> values(count, fill);
    std::vector<std::size_t> index(rank);
    do {
      if (const auto bytes = chunk(index, sizeof(Stored))) place<Stored>(*bytes, index, values);
    } while (advance(index));
    return values;
  }

 private:
  /// Advances to the next chunk index, last dimension fastest. Returns false after the last chunk.
  bool advance(std::vector<std::size_t>& index) const {
    for (std::size_t k = index.size(); k-- > 0;) {
      if (++index[k] * array_.chunk_shape[k] < array_.shape[k]) return true;
      index[k] = 0;
    }
    return false;
  }

  std::optional<std::string> chunk(const std::vector<std::size_t>& index,
                                   std::size_t element) const {
    const fs::path file = folder_ / zarr::chunk_file(index);
    const std::size_t expected = zarr::chunk_bytes(array_.chunk_shape, element);
    check_memory(fmt::format("a chunk of {}", folder_.string()), static_cast<double>(expected));
    auto stored =
        element > 0 ? files::read(file, expected + zarr::checksum_bytes) : files::read(file);
    if (!stored) return std::nullopt;
    if (element > 0 && stored->size() != expected + zarr::checksum_bytes)
      damaged(file, "has the wrong length");
    auto bytes = zarr::without_checksum(std::move(*stored));
    if (!bytes) damaged(file, "is damaged: its checksum does not match");
    return bytes;
  }

  template <class Stored, class To>
  void place(const std::string& bytes, const std::vector<std::size_t>& index,
             std::vector<To>& values) const {
    const std::size_t rank = array_.shape.size();
    const std::size_t elements = bytes.size() / sizeof(Stored);
    for (std::size_t k = 0; k < elements; ++k) {
      std::size_t rest = k;
      std::size_t at = 0;
      std::size_t pitch = 1;
      bool inside = true;
      for (std::size_t dimension = rank; dimension-- > 0;) {
        const std::size_t within = rest % array_.chunk_shape[dimension];
        rest /= array_.chunk_shape[dimension];
        const std::size_t position = index[dimension] * array_.chunk_shape[dimension] + within;
        inside = inside && position < array_.shape[dimension];
        at += position * pitch;
        pitch *= array_.shape[dimension];
      }
      if (!inside) continue;
      Stored value;
      std::memcpy(&value, bytes.data() + k * sizeof(Stored), sizeof(Stored));
      values[at] = static_cast<To>(value);
    }
  }

  fs::path folder_;
  zarr::Array array_ = {};
  std::string type_;
};

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
    damaged(group / "validation_loss" / "zarr.json", "has other dimensions than a sweep");
  std::vector<ResultAxis> axes;
  for (auto name = names.begin() + 1; name != rates; ++name) {
    if (!is_axis(*name) || std::ranges::count(names, *name) > 1)
      damaged(group / "validation_loss" / "zarr.json", "has a dimension that no sweep has");
    ResultAxis axis = {*name, {}};
    const ArrayReader coordinate(group, *name);
    if (*name == "schedule") {
      const auto labels = zarr::decode_strings(coordinate.only_chunk());
      if (!labels) damaged(group / *name, "is damaged");
      axis.labels = *labels;
    } else if (*name == "batch_size" || *name == "epochs") {
      for (const auto count : coordinate.coordinate<std::int64_t>())
        axis.values.push_back(static_cast<double>(count));
    } else {
      axis.values = coordinate.coordinate<double>();
    }
    const bool counts = *name == "batch_size" || *name == "epochs";
    for (const double value : axis.values) {
      if (!std::isfinite(value) || (counts && value < 1))
        damaged(group / *name, "has a value that no sweep has");
      axis.labels.push_back(to_text(value));
    }
    if (std::set(axis.labels.begin(), axis.labels.end()).size() < axis.labels.size())
      damaged(group / *name, "has a value twice");
    axes.push_back(std::move(axis));
  }
  return axes;
}

std::vector<double> read_losses(const ArrayReader& array, const fs::path& where) {
  constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
  if (array.type() == "float32") return array.read<float>(nothing);
  if (array.type() == "float64") return array.read<double>(nothing);
  damaged(where / "zarr.json", "is neither float32 nor float64");
}

bool has_train_loss(const Json& configuration) {
  return configuration.contains("train_loss") && configuration.at("train_loss") == true;
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
  sweep.train_loss = has_train_loss(configuration);
  if (configuration.contains("precision") && configuration.at("precision") == "fp64")
    sweep.precision = Precision::fp64;
  std::vector<zarr::Member> members = coordinates(sweep);
  for (auto& array : result_arrays(sweep, {1, 1, 1})) members.push_back(std::move(array));
  return members;
}

/// Throws unless every array is described as this version writes it, apart from its chunk shape,
/// which may differ, and its attributes.
void check_descriptions(const fs::path& group, const std::vector<zarr::Member>& members) {
  const Json::json_pointer chunk_shape("/chunk_grid/configuration/chunk_shape");
  for (const auto& [array, fill_value, attributes, only_chunk] : members) {
    const fs::path file = group / array.name / "zarr.json";
    const auto text = files::read(file);
    if (!text) damaged(file, "is missing");
    const Json found = zarr::parse_json(*text);
    if (!found.is_object() || !found.contains(chunk_shape))
      damaged(file, "does not describe an array");
    Json expected = zarr::metadata(array, fill_value, attributes);
    expected[chunk_shape] = found.at(chunk_shape);
    expected.erase("attributes");
    for (const auto& [key, value] : expected.items()) {
      // The order of the keys in an object does not matter.
      const bool same =
          found.contains(key) && nlohmann::json(found.at(key)) == nlohmann::json(value);
      if (!same && key == "shape") damaged(file, "does not match the coordinates");
      if (!same)
        damaged(file, fmt::format("has another {} than this version of lrscape writes", key));
    }
  }
}

}  // namespace

Result read_result(const fs::path& path) {
  const auto type = files::type(path);
  if (type == fs::file_type::not_found)
    throw InputError(fmt::format("there is no {}", path.string()));
  const bool is_folder = type == fs::file_type::directory;
  const auto text = is_folder ? files::read(path / "zarr.json") : std::nullopt;
  if (!text)
    throw InputError(
        fmt::format("{} is not a result of lrscape: it has no zarr.json", path.string()));
  const Json group = zarr::parse_description(path, *text);
  const auto stored = stored_configuration(path, group);
  if (!stored) throw InputError(fmt::format("{} is not a result of lrscape", path.string()));
  const Json& configuration = *stored;
  if (configuration.contains("kind") && configuration.at("kind") == "bound")
    throw InputError(
        fmt::format("{} is a result of lrscape bound, not of a sweep; xarray.open_zarr reads it",
                    path.string()));

  Result result;
  result.attributes = group["attributes"].dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto names = zarr::decode_strings(ArrayReader(path, "optimizer").only_chunk());
  if (!names) damaged(path / "optimizer", "is damaged");
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
      damaged(path / "epochs", "does not match the coordinate epoch");
  check_descriptions(path, members_of(result, configuration));
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
  const auto validation_loss = array("validation_loss", records);
  result.precision = validation_loss.type() == "float32" ? Precision::fp32 : Precision::fp64;
  result.validation_loss = read_losses(validation_loss, path / "validation_loss");
  if (has_train_loss(configuration))
    result.train_loss = read_losses(array("train_loss", records), path / "train_loss");
  result.diverged_at_epoch =
      array("diverged_at_epoch", runs).read<std::int32_t>(std::int32_t{not_diverged});
  const auto status = array("status", runs);
  if (status.type() != "uint8") damaged(path / "status" / "zarr.json", "is not uint8");
  for (const auto value : status.read<std::uint8_t>(std::uint8_t{255})) {
    if (value > 1 && value != 255)
      damaged(path / "status", fmt::format("holds the unknown status {}", value));
    result.status.push_back(static_cast<RunStatus>(value));
  }
  for (std::size_t run = 0; run < result.status.size(); ++run)
    if (result.status[run] != RunStatus::not_run &&
        (result.status[run] == RunStatus::diverged) ==
            (result.diverged_at_epoch[run] == not_diverged))
      damaged(path / "diverged_at_epoch", "does not match the status of the runs");
  return result;
}

}  // namespace lrscape
