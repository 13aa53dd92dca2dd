#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// As much of Zarr version 3 as a result needs: regular chunks, little-endian bytes, crc32c.
/// https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html
namespace lrscape::zarr {

enum class DataType { float32, float64, int32, int64, uint8, string };

struct Array {
  std::string name;
  DataType type;
  std::vector<std::size_t> shape;
  std::vector<std::size_t> chunk_shape;
  std::vector<std::string> dimensions;
};

std::size_t element_size(DataType type);
std::string_view type_name(DataType type);

/// The array's zarr.json. `fill_value` and `attributes` as JSON text.
nlohmann::ordered_json metadata(const Array& array, const nlohmann::ordered_json& fill_value,
                                const nlohmann::ordered_json& attributes);

/// The file in which a chunk lies, relative to the array's folder: c.0.2.1 for indices 0, 2, 1.
std::string chunk_file(std::span<const std::size_t> index);

/// The bytes with their CRC-32C behind them, as the crc32c codec wants it.
std::string with_checksum(std::string bytes);

/// The bytes before the checksum, or nothing if the checksum does not fit them.
std::optional<std::string> without_checksum(std::string bytes);

/// A chunk of strings, in the vlen-utf8 codec's layout.
std::string encode_strings(std::span<const std::string> values);
std::optional<std::vector<std::string>> decode_strings(std::string_view bytes);

}  // namespace lrscape::zarr
