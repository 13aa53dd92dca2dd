#pragma once

#include <filesystem>
#include <string_view>

namespace lrscape::files {

/// Throws an error of the file system as the caller sees it: InputError for a place that was chosen badly,
/// InterruptedError for a disk that is full or fails, which may be mended. `what` completes "FILE cannot be ...".
[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view what, int error);

/// An open file or folder, closed with its object. Throws what refuse() throws.
class Descriptor {
 public:
  /// `flags` are those of open().
  Descriptor(const std::filesystem::path& path, int flags);
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&&) = delete;

  void write(std::string_view bytes) const;
  /// Has the system begin to write what sync() waits for.
  void start_sync() const;
  void sync() const;

 private:
  [[noreturn]] void fail(std::string_view what) const;

  std::filesystem::path path_;
  int fd_;
};

}  // namespace lrscape::files
