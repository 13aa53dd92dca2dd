#include "io/npy.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/memory.hpp"
#include "base/text.hpp"

// File format: NumPy reference, numpy.lib.format, versions 1.0 to 3.0.

namespace lrscape::io {
namespace {

constexpr std::string_view allowed_types =
    "b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8 in either byte order (save array.astype('f8'))";

struct NpyHeader {
  std::string type;
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;
};

/// Parses the text of a header: a Python dictionary with 'descr', 'fortran_order' and 'shape'.
class HeaderParser {
 public:
  HeaderParser(const InputFile& file, std::string_view text) : file_(file), rest_(text) {}

  NpyHeader parse() {
    expect('{');
    while (!accept('}')) {
      read_entry();
      if (!accept(',') && !next_is('}')) refuse("',' or '}'");
    }
    skip_blanks();
    if (!rest_.empty()) refuse("nothing after '}'");
    if (!type_ || !fortran_order_ || !shape_) {
      refuse("the entries 'descr', 'fortran_order' and 'shape' before");
    }
    return {*type_, *fortran_order_, *shape_};
  }

 private:
  void read_entry() {
    const std::string key = read_string("a key in quotes");
    expect(':');
    if (key == "descr" && !type_) {
      type_ = read_string(fmt::format("one element type of {}", allowed_types));
    } else if (key == "fortran_order" && !fortran_order_) {
      fortran_order_ = read_boolean();
    } else if (key == "shape" && !shape_) {
      shape_ = read_shape();
    } else {
      file_.refuse(
          fmt::format("the .npy header has an unexpected or repeated entry '{}', expected 'descr', "
                      "'fortran_order' and 'shape' once each",
                      printable(key, shown_bytes)));
    }
  }

  std::string read_string(std::string_view expected) {
    skip_blanks();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) refuse(expected);
    const std::size_t closing = rest_.find(rest_[0], 1);
    if (closing == rest_.npos) refuse("a closing quote");
    std::string result(rest_.substr(1, closing - 1));
    rest_.remove_prefix(closing + 1);
    return result;
  }

  bool read_boolean() {
    skip_blanks();
    const bool value = rest_.starts_with("True");
    if (!value && !rest_.starts_with("False")) refuse("True or False");
    rest_.remove_prefix(value ? 4 : 5);
    return value;
  }

  std::vector<std::uint64_t> read_shape() {
    std::vector<std::uint64_t> shape;
    expect('(');
    while (!accept(')')) {
      shape.push_back(read_count());
      // In Python, (3) is a number and (3,) is a tuple.
      if (!accept(',') && (shape.size() == 1 || !next_is(')'))) refuse("',' within the shape");
    }
    return shape;
  }

  std::uint64_t read_count() {
    skip_blanks();
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), count);
    if (error != std::errc()) refuse("a number of rows or columns below 2^64");
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    accept('L');  // NumPy on Python 2 may write long integers: 3L.
    return count;
  }

  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  }

  bool next_is(char character) {
    skip_blanks();
    return rest_.starts_with(character);
  }

  bool accept(char character) {
    if (!next_is(character)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char character) {
    if (!accept(character)) refuse(fmt::format("'{}'", character));
  }

  [[noreturn]] void refuse(std::string_view expected) const {
    const std::string found =
        rest_.empty() ? "its end" : fmt::format("\"{}\"", printable(rest_, shown_bytes));
    file_.refuse(fmt::format("in the .npy header found {}, expected {}", found, expected));
  }

  static constexpr std::size_t shown_bytes = 40;

  const InputFile& file_;
  std::string_view rest_;
  std::optional<std::string> type_;
  std::optional<bool> fortran_order_;
  std::optional<std::vector<std::uint64_t>> shape_;
};

NpyHeader read_header(InputFile& file) {
  constexpr std::string_view magic = "\x93NUMPY";
  std::array<char, 8> start{};
  file.read(start.data(), std::min<std::uint64_t>(start.size(), file.remaining()));
  if (!std::string_view(start.data(), start.size()).starts_with(magic)) {
    file.refuse("this is not a .npy file, expected one that numpy.save wrote");
  }
  const auto major = static_cast<unsigned char>(start[6]);
  const auto minor = static_cast<unsigned char>(start[7]);
  if (major < 1 || major > 3 || minor != 0) {
    file.refuse(fmt::format("found version {}.{} of the .npy format, expected 1.0, 2.0 or 3.0",
                            major, minor));
  }

  std::array<unsigned char, 4> bytes{};
  file.read(bytes.data(), major == 1 ? 2 : 4);
  const std::uint32_t length = bytes[0] | static_cast<std::uint32_t>(bytes[1]) << 8U |
                               static_cast<std::uint32_t>(bytes[2]) << 16U |
                               static_cast<std::uint32_t>(bytes[3]) << 24U;
  // The header of a matrix has about 128 bytes. Only structured arrays with very many fields have
  // long headers.
  constexpr std::uint32_t longest = 1U << 20U;
  if (length > file.remaining() || length > longest) {
    file.refuse(fmt::format("found a .npy header of {} bytes, expected at most {}{}", length,
                            std::min<std::uint64_t>(file.remaining(), longest),
                            length > file.remaining() ? ", as many as the file has left" : ""));
  }
  std::string text(length, '\0');
  file.read(text.data(), text.size());
  return HeaderParser(file, text).parse();
}

/// The layout of the elements in the file.
struct Layout {
  std::size_t rows = 0;
  std::size_t columns = 0;
  bool fortran_order = false;
  bool swapped = false;
  std::string_view type;
};

constexpr std::int64_t no_limit = -1;
constexpr std::int64_t exact_in_double = std::int64_t{1} << 53;

/// Throws InputError if an element exceeds `Limit` in magnitude. `first` is the index in the file
/// of elements[0].
template <class T, std::int64_t Limit>
void check_limit(const InputFile& file, const Layout& layout, const std::vector<T>& elements,
                 std::size_t first) {
  constexpr T limit = static_cast<T>(Limit);
  const auto element = std::find_if(elements.begin(), elements.end(), [](T value) {
    if constexpr (std::is_signed_v<T>) return value > limit || value < -limit;
    return value > limit;
  });
  if (element == elements.end()) return;
  const std::size_t index = first + static_cast<std::size_t>(element - elements.begin());
  const std::size_t line = index / (layout.fortran_order ? layout.rows : layout.columns) + 1;
  const std::size_t place = index % (layout.fortran_order ? layout.rows : layout.columns) + 1;
  file.refuse(
      fmt::format("row {}, column {} (counted from 1) is {}, expected at most {} in "
                  "magnitude ({} holds no more exactly)",
                  layout.fortran_order ? place : line, layout.fortran_order ? line : place,
                  *element, limit, Limit == exact_in_double ? "a double" : layout.type));
}

/// Reads all elements in file order.
template <class T, std::int64_t Limit = no_limit>
std::vector<double> read_elements(InputFile& file, const Layout& layout) {
  // Elements pass through a buffer that stays in the cache. Appending to `values` writes each
  // element once; resizing `values` would first fill it with zeros.
  constexpr std::size_t buffer_size = 1U << 15U;
  const std::size_t count = layout.rows * layout.columns;
  check_memory(fmt::format("{}: the matrix", file.name()),
               static_cast<double>(count) * sizeof(double));
  std::vector<double> values;
  values.reserve(count);
  std::vector<T> buffer;
  while (values.size() < count) {
    buffer.resize(std::min(buffer_size, count - values.size()));
    file.read(buffer.data(), buffer.size() * sizeof(T));
    if (layout.swapped) {
      auto* const bytes = reinterpret_cast<unsigned char*>(buffer.data());
      for (std::size_t i = 0; i < buffer.size(); ++i) {
        std::reverse(bytes + i * sizeof(T), bytes + (i + 1) * sizeof(T));
      }
    }
    if constexpr (Limit != no_limit) check_limit<T, Limit>(file, layout, buffer, values.size());
    values.insert(values.end(), buffer.begin(), buffer.end());
  }
  return values;
}

struct ElementType {
  std::string_view name;
  std::size_t size;
  std::vector<double> (*read)(InputFile&, const Layout&);
};

constexpr std::array<ElementType, 12> element_types{{
    {"b1", 1, read_elements<std::uint8_t, 1>},
    {"i1", 1, read_elements<std::int8_t>},
    {"i2", 2, read_elements<std::int16_t>},
    {"i4", 4, read_elements<std::int32_t>},
    {"i8", 8, read_elements<std::int64_t, exact_in_double>},
    {"u1", 1, read_elements<std::uint8_t>},
    {"u2", 2, read_elements<std::uint16_t>},
    {"u4", 4, read_elements<std::uint32_t>},
    {"u8", 8, read_elements<std::uint64_t, exact_in_double>},
    {"f2", 2, read_elements<Eigen::half>},
    {"f4", 4, read_elements<float>},
    {"f8", 8, read_elements<double>},
}};
static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);

/// `type` is a byte order ('<', '>' or, for single bytes, '|') followed by a name. Refuses '=' and
/// other notations for the byte order of the writing machine instead of guessing that order.
const ElementType& element_type(const InputFile& file, std::string_view type) {
  for (const ElementType& candidate : element_types) {
    const std::string_view orders = candidate.size == 1 ? "<>|" : "<>";
    if (!type.empty() && type.substr(1) == candidate.name && orders.find(type[0]) != orders.npos) {
      return candidate;
    }
  }
  file.refuse(
      fmt::format("found elements of type '{}', expected {}", printable(type, 40), allowed_types));
}

void check_size(const InputFile& file, const Layout& layout, std::size_t element_size) {
  const std::uint64_t present = file.remaining() / element_size;
  const bool fits = layout.columns == 0 || layout.rows <= present / layout.columns;
  if (fits && layout.rows * layout.columns * element_size == file.remaining()) return;
  file.refuse(
      fmt::format("found {} bytes after the .npy header, expected {} x {} elements of {} "
                  "{} ({})",
                  file.remaining(), layout.rows, layout.columns, element_size,
                  element_size == 1 ? "byte" : "bytes",
                  fits ? "the file has extra bytes at the end" : "the file is cut short"));
}

/// Converts column-major to row-major order, in tiles that stay in the cache.
std::vector<double> transposed(const std::vector<double>& values, std::size_t rows,
                               std::size_t columns) {
  constexpr std::size_t tile = 32;
  std::vector<double> result(values.size());
  for (std::size_t first_row = 0; first_row < rows; first_row += tile) {
    const std::size_t last_row = std::min(first_row + tile, rows);
    for (std::size_t first_column = 0; first_column < columns; first_column += tile) {
      const std::size_t last_column = std::min(first_column + tile, columns);
      for (std::size_t row = first_row; row < last_row; ++row) {
        for (std::size_t column = first_column; column < last_column; ++column) {
          result[row * columns + column] = values[column * rows + row];
        }
      }
    }
  }
  return result;
}

}  // namespace

Matrix read_npy(InputFile& file) {
  const NpyHeader header = read_header(file);
  const ElementType& type = element_type(file, header.type);
  if (header.shape.empty() || header.shape.size() > 2) {
    file.refuse(
        fmt::format("found an array of {} dimensions, expected 1 (a column) or 2 (a matrix)",
                    header.shape.size()));
  }
  Layout layout;
  layout.rows = header.shape[0];
  layout.columns = header.shape.size() == 2 ? header.shape[1] : 1;
  layout.fortran_order = header.fortran_order;
  layout.swapped =
      type.size > 1 && (header.type[0] == '<') != (std::endian::native == std::endian::little);
  layout.type = type.name;
  check_size(file, layout, type.size);

  Matrix matrix;
  matrix.rows = layout.rows;
  matrix.columns = layout.columns;
  matrix.values = type.read(file, layout);
  if (layout.fortran_order && layout.rows > 1 && layout.columns > 1) {
    matrix.values = transposed(matrix.values, layout.rows, layout.columns);
  }
  return matrix;
}

}  // namespace lrscape::io
