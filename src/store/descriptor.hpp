#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace lrscape::files {

/// Throws a file-system error as the caller sees it: InputError if the path is unsuitable or its
/// disk fails, and InterruptedError if the disk is full or the system has run out of something else
/// that comes back. `what` completes "FILE cannot be ...".
[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view what, int error);

/// An open file or folder, closed by the destructor. Errors are thrown by refuse().
class Descriptor {
 public:
  Descriptor() = default;  ///< Not open.
  /// Passes `flags` to open().
  Descriptor(const std::filesystem::path& path, int flags) : Descriptor(path, flags, path) {}
  /// Likewise; messages name `shown`.
  Descriptor(const std::filesystem::path& path, int flags, std::filesystem::path shown);
  /// Opens a file or folder in an open folder. Does not throw if that fails: is_open() is then
  /// false, and errno says why. Needs no memory. `path` is for messages.
  static Descriptor try_open(const Descriptor& folder, const char* name, int flags,
                             std::filesystem::path path) noexcept;
  /// Likewise, with nothing but the path.
  static Descriptor try_open(std::filesystem::path path, int flags) noexcept;
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;

  bool is_open() const { return fd_ >= 0; }
  int number() const { return fd_; }
  const std::filesystem::path& path() const { return path_; }
  struct stat status() const;
  /// Reads the whole file, but never more than `most_bytes`.
  std::string read(std::size_t most_bytes) const;
  void write(std::string_view bytes) const;
  /// Starts writing the data to disk, so that sync() waits less.
  void start_sync() const;
  void sync() const;

 private:
  Descriptor(int opened, std::filesystem::path&& path) noexcept;
  [[noreturn]] void fail(std::string_view what) const;

  std::filesystem::path path_;
  int fd_ = -1;
};

}  // namespace lrscape::files
