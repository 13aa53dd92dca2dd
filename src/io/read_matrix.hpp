#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/matrix.hpp"

namespace lrscape::io {

/// Reads a matrix from a .npy file (see read_npy) or a .csv, .txt or .tsv file (see read_csv);
/// upper or lower case of the extension does not matter. What comes back has at least one row and
/// one column and only finite values.
///
/// Throws InputError, with a message that begins with the file's name, for everything else.
Matrix read_matrix(const std::filesystem::path& path);

/// Reads a matrix of one column or one row as a vector. Throws InputError as read_matrix does, and
/// for a matrix of more rows and columns.
std::vector<double> read_vector(const std::filesystem::path& path);

/// Reads one column of a matrix, counted from 1; with 0, the only column or row. Throws InputError
/// as read_vector does, for a column that is not there and for a value below `least`.
std::vector<double> read_column(const std::filesystem::path& path, std::size_t column,
                                double least = -std::numeric_limits<double>::infinity());

/// A file that exists, is not empty and is open for reading; shared by the readers of each format.
class InputFile {
 public:
  /// Throws InputError for a file that is missing, a folder, not a regular file, empty, unreadable.
  explicit InputFile(const std::filesystem::path& path);

  /// Bytes not read yet.
  std::uint64_t remaining() const { return remaining_; }

  /// Reads the next `size` bytes; throws InputError if the file ends before.
  void read(void* destination, std::uint64_t size);

  /// Throws InputError: the file's name, a colon, the message.
  [[noreturn]] void refuse(std::string_view message) const;

 private:
  std::string name_;
  std::ifstream stream_;
  std::uint64_t remaining_ = 0;
};

/// `text` as one line of valid UTF-8 for a message: control characters and stray bytes as \xNN, and
/// "..." for what comes after the first `limit` bytes.
std::string printable(std::string_view text, std::size_t limit = std::string_view::npos);

}  // namespace lrscape::io
