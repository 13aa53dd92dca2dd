#include "store/descriptor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "lrscape/error.hpp"

namespace lrscape::files {
namespace {

/// Repeats a system call that a signal has interrupted.
template <class Call>
auto whole(const Call& call) {
  for (;;)
    if (const auto result = call(); result >= 0 || errno != EINTR) return result;
}

}  // namespace

void refuse(const std::filesystem::path& path, std::string_view what, int error) {
  const auto message =
      fmt::format("{} cannot be {}: {}", path.string(), what, std::strerror(error));
  for (const int lasting : {EACCES, EPERM, EROFS, ENOENT, ENOTDIR, EISDIR, ENAMETOOLONG, EEXIST,
                            EINVAL, EBUSY, ELOOP, EIO})
    if (error == lasting) throw InputError(message);
  throw InterruptedError(message);
}

Descriptor::Descriptor(const std::filesystem::path& path, int flags, std::filesystem::path shown)
    : path_(std::move(shown)), fd_(whole([&] { return ::open(path.c_str(), flags, 0666); })) {
  if (fd_ < 0) fail("opened");
}

Descriptor::Descriptor(int opened, std::filesystem::path&& path) noexcept
    : path_(std::move(path)), fd_(opened) {}

Descriptor Descriptor::try_open(const Descriptor& folder, const char* name, int flags,
                                std::filesystem::path path) noexcept {
  const int opened = whole([&] { return ::openat(folder.fd_, name, flags, 0666); });
  return {opened, std::move(path)};
}

Descriptor Descriptor::try_open(std::filesystem::path path, int flags) noexcept {
  const int opened = whole([&] { return ::open(path.c_str(), flags, 0666); });
  return {opened, std::move(path)};
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Descriptor::Descriptor(Descriptor&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  return *this;
}

struct stat Descriptor::status() const {
  struct stat found = {};
  if (::fstat(fd_, &found) != 0) fail("read");
  return found;
}

std::string Descriptor::read(std::size_t most_bytes) const {
  std::string bytes(std::min(static_cast<std::uintmax_t>(status().st_size), most_bytes), '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t count =
        whole([&] { return ::read(fd_, bytes.data() + size, bytes.size() - size); });
    if (count < 0) fail("read");
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  bytes.resize(size);
  return bytes;
}

void Descriptor::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = whole([&] { return ::write(fd_, bytes.data(), bytes.size()); });
    if (written < 0) fail("written");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Descriptor::start_sync() const {
#ifdef __linux__
  // Only a hint: if it fails, sync() writes everything.
  ::sync_file_range(fd_, 0, 0, SYNC_FILE_RANGE_WRITE);
#endif
}

void Descriptor::sync() const {
  // EINVAL: this file system cannot sync folders, and does not need to.
  if (whole([&] { return ::fsync(fd_); }) != 0 && errno != EINVAL) fail("synced");
}

void Descriptor::fail(std::string_view what) const { refuse(path_, what, errno); }

}  // namespace lrscape::files
