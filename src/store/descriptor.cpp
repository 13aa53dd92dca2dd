#include "store/descriptor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "lrscape/error.hpp"

namespace lrscape::files {

void refuse(const std::filesystem::path& path, std::string_view what, int error) {
  const auto message =
      fmt::format("{} cannot be {}: {}", path.string(), what, std::strerror(error));
  for (const int wrong_place :
       {EACCES, EPERM, EROFS, ENOENT, ENOTDIR, ENAMETOOLONG, EEXIST, EINVAL, EBUSY, ELOOP})
    if (error == wrong_place) throw InputError(message);
  throw InterruptedError(message);
}

Descriptor::Descriptor(const std::filesystem::path& path, int flags)
    : path_(path), fd_(::open(path.c_str(), flags, 0666)) {
  if (fd_ < 0) fail("opened");
}

Descriptor::Descriptor(int opened, std::filesystem::path path)
    : path_(std::move(path)), fd_(opened) {}

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

std::size_t Descriptor::read(std::span<char> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::read(fd_, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read");
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

void Descriptor::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
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
  if (::fsync(fd_) != 0 && errno != EINVAL) fail("synced");
}

void Descriptor::fail(std::string_view what) const { refuse(path_, what, errno); }

}  // namespace lrscape::files
