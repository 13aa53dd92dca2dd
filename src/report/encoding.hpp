#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lrscape {

/// The bytes as raw DEFLATE data (RFC 1951), in base64. Throws InputError for more than 1 GiB.
std::string packed(std::string_view bytes);

/// An array in the order of its elements' bytes: first the lowest byte of each element, then the
/// next one. Bytes of one rank resemble each other, so DEFLATE stores them in less space.
std::string shuffled(std::span<const std::byte> bytes, std::size_t element_size);

template <class Number>
std::string packed(const std::vector<Number>& numbers) {
  return packed(shuffled(std::as_bytes(std::span(numbers)), sizeof(Number)));
}

}  // namespace lrscape
