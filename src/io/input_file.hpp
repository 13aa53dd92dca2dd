#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace lrscape::io {

/// The most bytes of a field or a name that a message shows.
inline constexpr std::size_t shown_bytes = 40;

/// The bytes of a data file: a non-empty file on disk that is open for reading, or bytes in memory
/// that were decompressed or came from standard input. The readers of all formats use it.
class InputFile {
 public:
  /// Throws InputError if the file is missing, empty, unreadable or not a regular file.
  explicit InputFile(const std::filesystem::path& path);

  /// Bytes in memory. Messages begin with `name`, which must be printable().
  InputFile(std::string name, std::string contents);

  const std::string& name() const { return name_; }

  /// Bytes not read yet.
  std::uint64_t remaining() const { return remaining_; }

  /// Reads the next `size` bytes. Throws InputError if the file has fewer bytes left.
  void read(void* destination, std::uint64_t size);

  /// Reads all bytes that are left. Throws InputError if this machine has too little memory.
  std::string read_all();

  /// Throws InputError with the file name, a colon and `message`.
  [[noreturn]] void refuse(std::string_view message) const;

 private:
  std::string name_;
  std::ifstream stream_;
  std::string contents_;
  bool in_memory_ = false;
  std::uint64_t remaining_ = 0;
};

}  // namespace lrscape::io
