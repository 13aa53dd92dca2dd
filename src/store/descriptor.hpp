#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace lrscape::files {

/// Throws a file-system error as the caller sees it: InputError if the path is unsuitable, and
/// InterruptedError if the disk is full or fails, which the user may be able to fix. `what`
/// completes "FILE cannot be ...".
[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view what, int error);

/// An open file or folder, closed by the destructor. Errors are thrown by refuse().
class Descriptor {
 public:
  /// Passes `flags` to open().
  Descriptor(const std::filesystem::path& path, int flags);
  /// Takes over a result of open(), which may be negative.
  Descriptor(int opened, std::filesystem::path path);
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;

  bool is_open() const { return fd_ >= 0; }
  struct stat status() const;
  /// Reads until `bytes` is full or the file ends. Returns the number of bytes read.
  std::size_t read(std::span<char> bytes) const;
  void write(std::string_view bytes) const;
  /// Starts writing the data to disk, so that sync() waits less.
  void start_sync() const;
  void sync() const;

 private:
  [[noreturn]] void fail(std::string_view what) const;

  std::filesystem::path path_;
  int fd_;
};

}  // namespace lrscape::files
