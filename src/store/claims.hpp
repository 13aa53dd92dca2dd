#pragma once

#include <cstddef>

#include "store/files.hpp"

namespace lrscape {

/// Claims units of a result, so that several processes that fill it train each unit once. A claim
/// is an advisory lock on one byte of a file of the result (fcntl(2), open file description locks):
/// the kernel grants it to one process at a time, and takes it back from a process that dies. On a
/// file system without locks, every claim is granted: processes then train the same units, and
/// write the same bytes. A forked child shares the claims of its parent, and a file that takes the
/// place of this one starts without claims.
class Claims {
 public:
  /// Locks the group's zarr.json. If it cannot be opened for writing, every claim is granted.
  explicit Claims(const files::Folder& group);

  /// Returns false if another process has claimed the unit.
  bool claim(std::size_t unit);
  /// The unit must have been claimed.
  void release(std::size_t unit);

 private:
  bool lock(std::size_t unit, short type) const;

  files::Descriptor file_;  ///< Closing it releases all claims.
};

}  // namespace lrscape
