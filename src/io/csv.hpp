#pragma once

#include <filesystem>

#include "lrscape/matrix.hpp"

namespace lrscape::io {

/// Reads lines of numbers. Each line is one row, and all lines have the same number of fields.
/// Keeps nan and infinity.
///
/// - The separator is the first of ';', ',', tab and space, in this order, that occurs in the first
///   line of numbers. Blanks around fields are ignored. If the separator is a space, several blanks
///   count as one separator.
/// - Numbers are decimal with '.' as the decimal point, and may be enclosed in double quotes.
/// - If the first line holds text and no number, it is a header and is skipped; a mix of text and
///   numbers is an error. A header must have as many fields as the lines of numbers. Column names
///   such as 0, 1, 2, ... look like numbers: save files without such names.
/// - Blank lines and lines that begin with '#' are skipped, but a blank line between the values of
///   a single column is an error. A UTF-8 byte order mark and CRLF line endings are accepted.
///
/// Throws InputError for a file that cannot be opened, for lines with different numbers of fields,
/// for fields that are empty, not a number or beyond the range of a double, and for a file without
/// numbers. The message gives the line, as a text editor counts it, and the column, in fields; both
/// count from 1.
Matrix read_csv(const std::filesystem::path& path);

}  // namespace lrscape::io
