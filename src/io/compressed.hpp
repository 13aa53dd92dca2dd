#pragma once

#include <string>
#include <string_view>

#include "io/input_file.hpp"

namespace lrscape::io {

// Reads data of unknown size. Memory grows with the data: sizes stated in a file are not trusted.
// All functions throw InputError if this machine has too little memory.

/// Decompresses a gzip file, which may consist of several parts. Throws InputError if the file is
/// damaged or cut short.
InputFile decompressed(InputFile& file);

/// The .npy file of one array in a NumPy .npz file. An empty `array` means the only one. Throws
/// InputError if there is no such array, listing the arrays, or if the file is damaged.
InputFile array_of_npz(InputFile& file, std::string_view array);

/// Reads standard input to its end. Throws InputError if there are no bytes.
InputFile standard_input();

}  // namespace lrscape::io
