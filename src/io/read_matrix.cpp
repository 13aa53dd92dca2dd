#include "io/read_matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <new>
#include <system_error>
#include <utility>

#include "io/csv.hpp"
#include "io/npy.hpp"
#include "lrscape/error.hpp"

namespace lrscape::io {
namespace {

std::string lower_case_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& letter : extension) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return extension;
}

Matrix read_by_extension(const std::filesystem::path& path) {
  const std::string extension = lower_case_extension(path);
  if (extension == ".npy") return read_npy(path);
  if (extension == ".csv" || extension == ".txt" || extension == ".tsv") return read_csv(path);
  // Opens the file first: if it is missing or a folder, the constructor's message is more helpful.
  InputFile(path).refuse(fmt::format(
      "the file name has {}, expected .npy (NumPy) or .csv, .txt, .tsv (lines of numbers)",
      extension.empty() ? "no extension" : fmt::format("the extension {}", printable(extension))));
}

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view message) {
  throw InputError(fmt::format("{}: {}", printable(path.string()), message));
}

std::string place(const Matrix& matrix, std::size_t index) {
  return fmt::format(
      "row {}, column {} of the numbers (counted from 1, without header and comments)",
      index / matrix.columns + 1, index % matrix.columns + 1);
}

}  // namespace

InputFile::InputFile(const std::filesystem::path& path) : name_(printable(path.string())) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) refuse("no such file");
  if (error) refuse(fmt::format("cannot be opened ({})", error.message()));
  if (std::filesystem::is_directory(status)) refuse("is a folder, expected a file");
  if (!std::filesystem::is_regular_file(status)) {
    refuse("is a device, pipe or socket, expected a regular file");
  }
  stream_.open(path, std::ios::binary);
  if (!stream_) {
    refuse(fmt::format("cannot be opened ({})", std::generic_category().message(errno)));
  }
  remaining_ = std::filesystem::file_size(path, error);
  if (error) refuse(fmt::format("cannot be read ({})", error.message()));
  if (remaining_ == 0) refuse("the file is empty, expected a matrix");
}

void InputFile::read(void* destination, std::uint64_t size) {
  const bool enough = size <= remaining_;
  if (!enough || !stream_.read(static_cast<char*>(destination), static_cast<std::streamsize>(size)))
    refuse(fmt::format("the file ends early, expected {} more bytes", size));
  remaining_ -= size;
}

void InputFile::refuse(std::string_view message) const {
  throw InputError(fmt::format("{}: {}", name_, message));
}

Matrix read_matrix(const std::filesystem::path& path) {
  Matrix matrix;
  try {
    matrix = read_by_extension(path);
  } catch (const std::bad_alloc&) {
    refuse(path, "the matrix does not fit into memory, expected a smaller file");
  }
  if (matrix.values.empty()) {
    refuse(path, fmt::format("found a matrix of {} rows and {} columns, expected at least one each",
                             matrix.rows, matrix.columns));
  }
  const auto value = std::find_if_not(matrix.values.begin(), matrix.values.end(),
                                      [](double number) { return std::isfinite(number); });
  if (value != matrix.values.end()) {
    const auto index = static_cast<std::size_t>(value - matrix.values.begin());
    refuse(path,
           fmt::format("{} is {}, expected only finite numbers", place(matrix, index), *value));
  }
  return matrix;
}

std::vector<double> read_vector(const std::filesystem::path& path) { return read_column(path, 0); }

std::vector<double> read_column(const std::filesystem::path& path, std::size_t column,
                                double least) {
  const Matrix matrix = read_matrix(path);
  if (column == 0 && matrix.rows != 1 && matrix.columns != 1)
    refuse(path, fmt::format("found a matrix of {} rows and {} columns, expected a single column "
                             "or a single row",
                             matrix.rows, matrix.columns));
  if (column > matrix.columns)
    refuse(path, fmt::format("the file has {0} columns, expected a column from 1 to {0}, not {1}",
                             matrix.columns, column));
  std::vector<double> values;
  for (std::size_t index = 0; index < matrix.values.size(); ++index) {
    if (column > 0 && index % matrix.columns != column - 1) continue;
    const double value = matrix.values[index];
    if (value < least)
      refuse(path,
             fmt::format("{} is {}, expected numbers >= {}", place(matrix, index), value, least));
    values.push_back(value);
  }
  return values;
}

}  // namespace lrscape::io
