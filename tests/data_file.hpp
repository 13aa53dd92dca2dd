#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "io/table.hpp"
#include "lrscape/error.hpp"
#include "lrscape/matrix.hpp"

/// Writes data files for tests, and checks the error messages for unreadable files.
namespace lrscape::test {

using Values = std::vector<double>;

/// Gives tests their own folder for files that they write byte by byte.
class FileTest : public testing::Test {
 protected:
  FileTest()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("read_matrix_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }

  /// Returns the message of the InputError that `read` throws. Checks that the message begins with
  /// the path and contains no control characters.
  template <class Reader>
  static std::string refusal(Reader read, const std::filesystem::path& path) {
    try {
      read(path);
    } catch (const InputError& error) {
      std::string message = error.what();
      EXPECT_EQ(message.find(path.string() + ": "), 0U) << message;
      for (const char character : message) EXPECT_GE(static_cast<unsigned char>(character), ' ');
      return message;
    }
    ADD_FAILURE() << path << " was read";
    return "";
  }

  std::filesystem::path folder_;
};

/// The texts of all notes about a table.
inline std::string notes(const io::Table& table) {
  std::string all;
  for (const io::Note& note : table.notes) all += note.text + "\n";
  return all;
}

inline testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != text.npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "no \"" << part << "\" in: " << text;
}

inline void expect_matrix(const Matrix& matrix, std::size_t rows, std::size_t columns,
                          const Values& values) {
  EXPECT_EQ(matrix.rows, rows);
  EXPECT_EQ(matrix.columns, columns);
  EXPECT_EQ(matrix.values, values);
}

/// A .npy file as in NumPy's description of the format, but with no padding of the header to a
/// multiple of 64 bytes.
inline std::string npy_bytes(const std::string& header, const std::string& data, char version = 1) {
  const std::size_t size = header.size() + 1;
  std::string bytes = std::string("\x93NUMPY") + version + '\0';
  bytes += static_cast<char>(size % 256);
  bytes += static_cast<char>(size / 256);
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + header + "\n" + data;
}

inline std::string header(const std::string& type, const std::string& shape,
                          const std::string& fortran_order = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran_order + ", 'shape': " + shape +
         ", }";
}

}  // namespace lrscape::test
