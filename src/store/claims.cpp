#include "store/claims.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace lrscape {

Claims::Claims(const std::filesystem::path& file)
    : fd_(::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)) {}

Claims::~Claims() {
  if (fd_ >= 0) ::close(fd_);  // Releases all claims.
}

bool Claims::claim(std::size_t unit) { return lock(unit, F_WRLCK); }

void Claims::release(std::size_t unit) { lock(unit, F_UNLCK); }

bool Claims::lock(std::size_t unit, short type) const {
#ifdef F_OFD_SETLK
  struct flock range = {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(unit);
  range.l_len = 1;
  if (fd_ >= 0 && ::fcntl(fd_, F_OFD_SETLK, &range) != 0) return errno != EAGAIN && errno != EACCES;
#endif
  return true;
}

}  // namespace lrscape
