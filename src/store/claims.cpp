#include "store/claims.hpp"

#include <fcntl.h>

#include <cerrno>

namespace lrscape {

Claims::Claims(const files::Folder& group)
    : file_(files::Descriptor::try_open(group.descriptor(), "zarr.json",
                                        O_RDWR | O_CLOEXEC | O_NOFOLLOW, {})) {}

bool Claims::claim(std::size_t unit) { return lock(unit, F_WRLCK); }

void Claims::release(std::size_t unit) { lock(unit, F_UNLCK); }

bool Claims::lock(std::size_t unit, short type) const {
#ifdef F_OFD_SETLK
  struct flock range = {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(unit);
  range.l_len = 1;
  if (file_.is_open() && ::fcntl(file_.number(), F_OFD_SETLK, &range) != 0)
    return errno != EAGAIN && errno != EACCES;
#endif
  return true;
}

}  // namespace lrscape
