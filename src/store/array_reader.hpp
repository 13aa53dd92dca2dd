#pragma once

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/zarr.hpp"

namespace lrscape {

/// Throws an InputError that says how a file of a result is damaged.
[[noreturn]] void refuse_damaged(const std::filesystem::path& file, std::string_view how);

/// One array of a result, as its own zarr.json describes it. Every function throws InputError if a
/// file is damaged.
class ArrayReader {
 public:
  ArrayReader(const std::filesystem::path& group, std::string name);

  /// Throws unless the array has this shape. Call it before allocating memory of the array's size.
  void expect_shape(const std::vector<std::size_t>& shape) const;

  const std::string& type() const { return type_; }
  const std::vector<std::string>& dimensions() const { return array_.dimensions; }

  /// The bytes of a coordinate's only chunk, without the checksum, which must match.
  std::string only_chunk() const;

  /// A coordinate's numbers.
  template <class T>
  std::vector<T> coordinate() const {
    const std::string bytes = only_chunk();
    if (bytes.size() != array_.shape[0] * sizeof(T))
      refuse_damaged(folder_ / zarr::chunk_file(std::vector<std::size_t>{0}),
                     "has the wrong length");
    std::vector<T> values(array_.shape[0]);
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }

  /// All elements in row-major order, converted to `To`. Elements of missing chunks are `fill`.
  template <class Stored, class To>
  std::vector<To> read(To fill) const {
    std::size_t count = 1;
    for (const auto size : array_.shape) count *= size;
    std::vector<To> values(count, fill);
    std::vector<std::size_t> index(array_.shape.size());
    do {
      if (const auto bytes = chunk(index, sizeof(Stored))) place<Stored>(*bytes, index, values);
    } while (advance(index));
    return values;
  }

  /// The elements of an array of float32 or float64; NaN for missing chunks.
  std::vector<double> reals() const;

 private:
  /// Advances to the next chunk index, last dimension fastest. Returns false after the last chunk.
  bool advance(std::vector<std::size_t>& index) const;

  /// The bytes of a chunk of elements of this size, without the checksum, or nothing if the chunk
  /// is missing. Size 0 accepts a chunk of any length.
  std::optional<std::string> chunk(const std::vector<std::size_t>& index,
                                   std::size_t element) const;

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

  std::filesystem::path folder_;
  zarr::Array array_ = {};
  std::string type_;
};

}  // namespace lrscape
