#include "store/zarr.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <isa-l/crc.h>

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

namespace lrscape::zarr {
namespace {

static_assert(std::endian::native == std::endian::little,
              "chunks are written as they lie in memory");

using Json = nlohmann::ordered_json;

std::uint32_t crc32c(std::string_view bytes) {
  // ISA-L takes int lengths and a non-const pointer, and leaves both inversions of the CRC to us.
  std::uint32_t crc = 0xFFFFFFFF;
  constexpr std::size_t piece = 1U << 30;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
    crc = crc32_iscsi(data, static_cast<int>(std::min(piece, bytes.size())), crc);
  }
  return ~crc;
}

void append_u32(std::string& bytes, std::uint32_t value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::uint32_t read_u32(std::string_view bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

}  // namespace

std::size_t element_size(DataType type) {
  switch (type) {
    case DataType::uint8:
      return 1;
    case DataType::float32:
    case DataType::int32:
      return 4;
    case DataType::float64:
    case DataType::int64:
      return 8;
    case DataType::string:
      break;
  }
  return 0;  // Strings differ in length.
}

std::string_view type_name(DataType type) {
  constexpr std::string_view names[] = {"float32", "float64", "int32", "int64", "uint8", "string"};
  return names[static_cast<int>(type)];
}

Json metadata(const Array& array, const Json& fill_value, const Json& attributes) {
  const Json first_codec = array.type == DataType::string
                               ? Json{{"name", "vlen-utf8"}}
                               : Json{{"name", "bytes"}, {"configuration", {{"endian", "little"}}}};
  return {{"zarr_format", 3},
          {"node_type", "array"},
          {"shape", array.shape},
          {"data_type", type_name(array.type)},
          {"chunk_grid",
           {{"name", "regular"}, {"configuration", {{"chunk_shape", array.chunk_shape}}}}},
          {"chunk_key_encoding", {{"name", "default"}, {"configuration", {{"separator", "."}}}}},
          {"fill_value", fill_value},
          {"codecs", Json::array({first_codec, {{"name", "crc32c"}}})},
          {"attributes", attributes},
          {"dimension_names", array.dimensions},
          {"storage_transformers", Json::array()}};
}

std::string chunk_file(std::span<const std::size_t> index) {
  return fmt::format("c.{}", fmt::join(index, "."));
}

std::string with_checksum(std::string bytes) {
  append_u32(bytes, crc32c(bytes));
  return bytes;
}

std::size_t chunk_bytes(std::span<const std::size_t> shape, std::size_t element) {
  std::size_t bytes = element;
  for (const std::size_t size : shape) {
    if (size > 0 && bytes > most_chunk_bytes / size) return most_chunk_bytes;
    bytes *= size;
  }
  return bytes;
}

std::optional<std::string> without_checksum(std::string bytes) {
  if (bytes.size() < checksum_bytes) return std::nullopt;
  const std::uint32_t stored =
      read_u32(std::string_view(bytes).substr(bytes.size() - checksum_bytes));
  bytes.resize(bytes.size() - checksum_bytes);
  if (crc32c(bytes) != stored) return std::nullopt;
  return bytes;
}

std::string encode_strings(std::span<const std::string> values) {
  std::string bytes;
  append_u32(bytes, static_cast<std::uint32_t>(values.size()));
  for (const auto& value : values) {
    append_u32(bytes, static_cast<std::uint32_t>(value.size()));
    bytes += value;
  }
  return bytes;
}

std::optional<std::vector<std::string>> decode_strings(std::string_view bytes) {
  const auto take = [&](std::size_t count) -> std::optional<std::string_view> {
    if (bytes.size() < count) return std::nullopt;
    const auto taken = bytes.substr(0, count);
    bytes.remove_prefix(count);
    return taken;
  };
  const auto count = take(4);
  if (!count) return std::nullopt;
  std::vector<std::string> values;
  for (std::uint32_t k = 0, n = read_u32(*count); k < n; ++k) {
    const auto size = take(4);
    const auto text = size ? take(read_u32(*size)) : std::nullopt;
    if (!text) return std::nullopt;
    values.emplace_back(*text);
  }
  return values;
}

}  // namespace lrscape::zarr
