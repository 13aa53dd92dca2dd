#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// The subset of Zarr version 3 that results need: regular chunks, little-endian bytes, crc32c.
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

/// The contents of the array's zarr.json.
nlohmann::ordered_json metadata(const Array& array, const nlohmann::ordered_json& fill_value,
                                const nlohmann::ordered_json& attributes);

/// The file of a chunk, relative to the array's folder: c.0.2.1 for indices 0, 2, 1.
std::string chunk_file(std::span<const std::size_t> index);

/// The bytes of a chunk with elements of this size, without its checksum. Sizes from a file may be
/// anything: a product that is too large for memory comes out as most_chunk_bytes or more.
std::size_t chunk_bytes(std::span<const std::size_t> shape, std::size_t element);
inline constexpr std::size_t most_chunk_bytes = std::size_t{1} << 40;

inline constexpr std::size_t checksum_bytes = 4;

/// The bytes followed by their CRC-32C, as the crc32c codec requires.
std::string with_checksum(std::string bytes);

/// The bytes before the checksum, or nothing if the checksum does not match.
std::optional<std::string> without_checksum(std::string bytes);

/// Encodes and decodes a chunk of strings in the layout of the vlen-utf8 codec. Decoding returns
/// nothing if the bytes are malformed.
std::string encode_strings(std::span<const std::string> values);
std::optional<std::vector<std::string>> decode_strings(std::string_view bytes);

}  // namespace lrscape::zarr
