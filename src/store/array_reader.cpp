#include "store/array_reader.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/memory.hpp"
#include "lrscape/error.hpp"
#include "store/files.hpp"
#include "store/group.hpp"

namespace lrscape {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

}  // namespace

void refuse_damaged(const fs::path& file, std::string_view how) {
  throw InputError(fmt::format("{} {}; run the same sweep again to repair it", file.string(), how));
}

ArrayReader::ArrayReader(const fs::path& group, std::string name) : folder_(group / name) {
  const fs::path file = folder_ / "zarr.json";
  const auto text = files::read(file);
  if (!text) refuse_damaged(file, "is missing");
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
  if (!sound) refuse_damaged(file, "does not describe an array");
}

void ArrayReader::expect_shape(const std::vector<std::size_t>& shape) const {
  if (array_.shape != shape)
    refuse_damaged(folder_ / "zarr.json", "does not match the coordinates");
}

std::string ArrayReader::only_chunk() const {
  const std::vector<std::size_t> first(array_.shape.size());
  auto bytes = chunk(first, 0);
  if (!bytes) refuse_damaged(folder_ / zarr::chunk_file(first), "is missing");
  return *bytes;
}

std::vector<double> ArrayReader::reals() const {
  constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
  if (type_ == "float32") return read<float>(nothing);
  if (type_ == "float64") return read<double>(nothing);
  refuse_damaged(folder_ / "zarr.json", "is neither float32 nor float64");
}

bool ArrayReader::advance(std::vector<std::size_t>& index) const {
  for (std::size_t k = index.size(); k-- > 0;) {
    if (++index[k] * array_.chunk_shape[k] < array_.shape[k]) return true;
    index[k] = 0;
  }
  return false;
}

std::optional<std::string> ArrayReader::chunk(const std::vector<std::size_t>& index,
                                              std::size_t element) const {
  const fs::path file = folder_ / zarr::chunk_file(index);
  const std::size_t expected = zarr::chunk_bytes(array_.chunk_shape, element);
  check_memory(fmt::format("a chunk of {}", folder_.string()), static_cast<double>(expected));
  auto stored =
      element > 0 ? files::read(file, expected + zarr::checksum_bytes) : files::read(file);
  if (!stored) return std::nullopt;
  if (element > 0 && stored->size() != expected + zarr::checksum_bytes)
    refuse_damaged(file, "has the wrong length");
  auto bytes = zarr::without_checksum(std::move(*stored));
  if (!bytes) refuse_damaged(file, "is damaged: its checksum does not match");
  return bytes;
}

}  // namespace lrscape
