#pragma once

#include "io/input_file.hpp"
#include "lrscape/matrix.hpp"

namespace lrscape::io {

/// Reads a NumPy .npy file, format 1.0, 2.0 or 3.0, in C or Fortran order. Element types: b1, i1,
/// i2, i4, i8, u1, u2, u4, u8, f2, f4, f8 in either byte order. An array of shape (n,) becomes n
/// rows with one column. Keeps nan and infinity, and shapes that contain a zero.
///
/// Throws InputError if the file is not a .npy file, is cut short or has extra bytes at the end.
/// Also throws InputError for other element types, for other numbers of dimensions, and for
/// integers beyond 2^53 in magnitude, which a double may not hold exactly.
Matrix read_npy(InputFile& file);

}  // namespace lrscape::io
