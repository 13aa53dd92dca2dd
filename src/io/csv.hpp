#pragma once

#include <filesystem>

#include "lrscape/matrix.hpp"

namespace lrscape::io {

/// Reads lines of numbers, one row a line, every line with the same number of fields. nan and
/// infinity are kept.
///
/// - The separator is the first of ';' ',' tab space that occurs in the first line of numbers;
///   blanks around fields do not count, and runs of blanks are one separator of their own.
/// - Numbers are decimal, with '.', and may stand in double quotes.
/// - The first line is a header, and not read, if it holds text and no number; text beside numbers is
///   an error. It too must have as many fields as the lines of numbers. Columns named 0, 1, 2, ...
///   are not told from numbers: save without such names.
/// - Blank lines and lines that begin with '#' are skipped, but for a blank line among those of a single
///   column, which is an error; a UTF-8 byte order mark and CRLF are understood.
///
/// Throws InputError, which names line and column as a text editor would count them (from 1, column
/// in fields), for a file that cannot be opened, for lines of different numbers of fields, for
/// fields that are empty, not a number or beyond the range of a double, and for a file without
/// numbers.
Matrix read_csv(const std::filesystem::path& path);

}  // namespace lrscape::io
