#include "io/read_matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "io/compressed.hpp"
#include "io/input_file.hpp"
#include "io/npy.hpp"
#include "io/text_table.hpp"
#include "lrscape/error.hpp"

namespace lrscape::io {
namespace {

constexpr std::string_view npy_start = "\x93NUMPY";
constexpr std::string_view zip_start = "PK\x03\x04";
constexpr std::string_view gzip_start = "\x1f\x8b";

std::string lower_case(std::string text) {
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

std::string lower_case_extension(const std::filesystem::path& path) {
  return lower_case(path.extension().string());
}

bool is_text_extension(std::string_view extension) {
  return extension == ".csv" || extension == ".tsv" || extension == ".txt" ||
         extension == ".data" || extension == ".dat";
}

Table table_of(InputFile& file, Matrix matrix) {
  Table table;
  table.name = file.name();
  number_columns(table, matrix.columns);
  table.values = std::move(matrix);
  const auto& values = table.values.values;
  const auto infinite =
      std::ranges::find_if(values, [](double value) { return std::isinf(value); });
  if (infinite != values.end()) {
    const auto index = static_cast<std::size_t>(infinite - values.begin());
    file.refuse(fmt::format("row {}, column {}: found {}, expected a finite number",
                            index / table.values.columns + 1, index % table.values.columns + 1,
                            *infinite));
  }
  return table;
}

Table read_npy_table(InputFile& file) { return table_of(file, read_npy(file)); }

Table read_by_content(InputFile file, Header header, bool was_compressed = false) {
  std::string bytes = file.read_all();
  const std::string start = bytes.substr(0, npy_start.size());
  InputFile whole(file.name(), std::move(bytes));
  if (start == npy_start) return read_npy_table(whole);
  if (start.starts_with(gzip_start)) {
    // A file can decompress to itself, so only one layer is removed.
    if (was_compressed) whole.refuse("the data are compressed more than once, expected once");
    return read_by_content(decompressed(whole), header, true);
  }
  if (!start.starts_with(zip_start)) return read_text_table(whole, header);
  InputFile array = array_of_npz(whole, "");
  return read_npy_table(array);
}

/// The part of a name after ".npz:"; the name ends before the colon. Empty if there is none, or if
/// there is a file of the whole name.
std::string array_name(std::filesystem::path& path) {
  const std::string whole = path.string();
  const std::size_t at = lower_case(whole).rfind(".npz:");
  if (at == whole.npos || std::filesystem::exists(path)) return "";
  path = whole.substr(0, at + 4);
  return whole.substr(at + 5);
}

Table read_by_extension(std::filesystem::path path, Header header) {
  if (path == "-") return read_by_content(standard_input(), header);
  const std::string array = array_name(path);
  InputFile file(path);
  std::string extension = lower_case_extension(path);
  if (extension == ".npz") {
    InputFile member = array_of_npz(file, array);
    return read_npy_table(member);
  }
  if (extension == ".gz") {
    const std::string inner = lower_case_extension(path.stem());
    if (inner == ".npy" || is_text_extension(inner)) {
      file = decompressed(file);
      extension = inner;
    }
  }
  if (extension == ".npy") return read_npy_table(file);
  if (is_text_extension(extension)) return read_text_table(file, header);
  file.refuse(fmt::format(
      "the file name has {}, expected .npy or .npz (NumPy) or .csv, .tsv, .txt, .data, .dat (lines "
      "of numbers), or one of these but .npz with .gz (gzip)",
      extension.empty() ? "no extension" : fmt::format("the extension {}", printable(extension))));
}

Table read_table(const std::filesystem::path& path, Header header) {
  const std::string name = path == "-" ? "standard input" : printable(path.string());
  try {
    Table table = read_by_extension(path, header);
    if (table.values.values.empty())
      table.refuse(
          fmt::format("found a matrix of {} rows and {} columns, expected at least one each",
                      table.values.rows, table.values.columns));
    return table;
  } catch (const std::bad_alloc&) {
    throw InputError(
        fmt::format("{}: the matrix does not fit into memory, expected a smaller file", name));
  }
}

}  // namespace

Table read_matrix(const std::filesystem::path& path, Header header) {
  Table table = read_table(path, header);
  leave_out_index(table);
  return table;
}

std::vector<double> read_vector(const Table& table) {
  if (table.values.rows != 1 && table.values.columns != 1)
    table.refuse(
        fmt::format("found a matrix of {} rows and {} columns, expected a single column or "
                    "a single row",
                    table.values.rows, table.values.columns));
  refuse_texts(table);
  refuse_missing(table);
  return table.values.values;
}

Vector read_column(const std::filesystem::path& path, std::size_t column, double least) {
  Table table = column == 0 ? read_matrix(path) : read_table(path, Header::automatic);
  const std::size_t columns = table.values.columns;
  if (column > columns)
    table.refuse(fmt::format("the file has {0} columns, expected a column from 1 to {0}, not {1}",
                             columns, column));
  Table chosen;
  if (column > 0) {
    chosen = take_column(table, column - 1);
    chosen.notes = std::move(table.notes);
  } else {
    chosen = std::move(table);
  }
  Vector vector = {read_vector(chosen), std::move(chosen.notes)};
  const auto low = std::ranges::find_if(vector.values, [&](double value) { return value < least; });
  if (low != vector.values.end()) {
    const auto index = static_cast<std::size_t>(low - vector.values.begin());
    chosen.refuse(fmt::format("{}, column {}: found {}, expected numbers >= {}",
                              chosen.place(index / chosen.values.columns),
                              chosen.columns[index % chosen.values.columns].number, *low, least));
  }
  return vector;
}

}  // namespace lrscape::io
