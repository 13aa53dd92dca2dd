#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "lrscape/matrix.hpp"

namespace lrscape::io {

/// Reads a matrix from a .npy file (see read_npy) or a .csv, .txt or .tsv file (see read_csv). The
/// case of the extension does not matter. The matrix has at least one row and one column and only
/// finite values.
///
/// Otherwise throws InputError with a message that begins with the file name.
Matrix read_matrix(const std::filesystem::path& path);

/// Reads a matrix with one column or one row as a vector. Throws InputError as read_matrix does,
/// and for a matrix with several rows and several columns.
std::vector<double> read_vector(const std::filesystem::path& path);

/// Reads one column of a matrix, counted from 1. Column 0 reads the only column or row, as
/// read_vector does. Throws InputError as read_matrix or read_vector does, for a column that does
/// not exist, and for a value below `least`.
std::vector<double> read_column(const std::filesystem::path& path, std::size_t column,
                                double least = -std::numeric_limits<double>::infinity());

/// A non-empty file that is open for reading. The readers of all formats use it.
class InputFile {
 public:
  /// Throws InputError if the file is missing, empty, unreadable or not a regular file.
  explicit InputFile(const std::filesystem::path& path);

  /// Bytes not read yet.
  std::uint64_t remaining() const { return remaining_; }

  /// Reads the next `size` bytes. Throws InputError if the file has fewer bytes left.
  void read(void* destination, std::uint64_t size);

  /// Throws InputError with the file name, a colon and `message`.
  [[noreturn]] void refuse(std::string_view message) const;

 private:
  std::string name_;
  std::ifstream stream_;
  std::uint64_t remaining_ = 0;
};

}  // namespace lrscape::io
