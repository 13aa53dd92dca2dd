#include "report/encoding.hpp"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <cstdint>
#include <memory>
#include <stdexcept>

#include "base/memory.hpp"
#include "lrscape/error.hpp"

namespace lrscape {
namespace {

/// More would fill the memory of a browser long before isal, which counts in 32 bits, could not go
/// on.
constexpr std::size_t most_bytes_of_an_array = std::size_t{1} << 30;

std::string base64(std::string_view bytes) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t k = 0; k < bytes.size(); k += 3) {
    const auto byte = [&](std::size_t at) {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
    };
    const std::uint32_t three = byte(k) << 16 | byte(k + 1) << 8 | byte(k + 2);
    for (const int shift : {18, 12, 6, 0}) text += digits[three >> shift & 63];
  }
  for (std::size_t k = bytes.size(); k % 3 != 0; ++k) text[text.size() - 3 + k % 3] = '=';
  return text;
}

}  // namespace

std::string shuffled(std::span<const std::byte> bytes, std::size_t element_size) {
  const std::size_t count = bytes.size() / element_size;
  std::string planes(bytes.size(), '\0');
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t rank = 0; rank < element_size; ++rank)
      planes[rank * count + k] = static_cast<char>(bytes[k * element_size + rank]);
  return planes;
}

std::string packed(std::string_view bytes) {
  if (bytes.size() > most_bytes_of_an_array)
    throw InputError(fmt::format("an array of {} is too large for a page; the most is {}",
                                 bytes_text(static_cast<double>(bytes.size())),
                                 bytes_text(static_cast<double>(most_bytes_of_an_array))));
  const auto stream = std::make_unique<isal_zstream>();
  std::vector<std::uint8_t> workspace(ISAL_DEF_LVL3_DEFAULT);
  isal_deflate_stateless_init(stream.get());
  stream->level = 3;
  stream->level_buf = workspace.data();
  stream->level_buf_size = static_cast<std::uint32_t>(workspace.size());
  stream->end_of_stream = 1;
  std::string input(bytes);  // isal takes bytes that are not const.
  // Data that cannot be compressed are stored in blocks, each with a header of 5 bytes.
  std::string output(bytes.size() + bytes.size() / 1024 + 1024, '\0');
  stream->next_in = reinterpret_cast<std::uint8_t*>(input.data());
  stream->avail_in = static_cast<std::uint32_t>(input.size());
  stream->next_out = reinterpret_cast<std::uint8_t*>(output.data());
  stream->avail_out = static_cast<std::uint32_t>(output.size());
  if (isal_deflate_stateless(stream.get()) != COMP_OK)
    throw std::logic_error("isal cannot compress a part of the report");
  output.resize(stream->total_out);
  return base64(output);
}

}  // namespace lrscape
