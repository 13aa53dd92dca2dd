#pragma once

#include <filesystem>

#include "lrscape/matrix.hpp"

namespace lrscape::io {

/// Reads a NumPy .npy file, format 1.0, 2.0 or 3.0, in C or Fortran order. Element types: b1, i1,
/// i2, i4, i8, u1, u2, u4, u8, f4, f8 in either byte order. An array of shape (n,) becomes n rows
/// of one column; nan and infinity are kept, a shape with a zero in it too.
///
/// Throws InputError for a file that cannot be opened or is no complete .npy file and nothing else,
/// for other element types, for other numbers of dimensions, and for integers beyond 2^53, up to
/// which a double holds every integer.
Matrix read_npy(const std::filesystem::path& path);

}  // namespace lrscape::io
