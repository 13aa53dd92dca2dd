#pragma once

#include "io/header.hpp"
#include "io/input_file.hpp"
#include "io/table.hpp"

namespace lrscape::io {

/// Reads lines of numbers and texts. Each line is one row, and all lines have the same number of
/// fields.
///
/// - The separator is ';', tab, ',' or blanks, whichever fits the first lines best. Blanks around
///   fields are ignored, and fields may be enclosed in double quotes.
/// - Numbers are decimal. The decimal mark is a point or, if commas separate no fields, a comma. It
///   is the same in the whole file.
/// - A field is missing if it is empty, NA, N/A, <NA>, #N/A, NaN, null, None or ?, in any case.
/// - The first line may hold titles: see decide_header(). A header has as many fields as the rows
///   or, where blanks separate fields, one fewer: R and pandas write no title above an index.
/// - Lines that begin with '#' are skipped and noted. Blank lines are skipped, but a blank line
///   between the values of a single column is a missing value.
/// - A UTF-8 byte order mark and CRLF line endings are accepted.
///
/// Throws InputError for lines with different numbers of fields, for a column with both numbers and
/// text, for infinite numbers and numbers beyond the range of a double, and for a file without
/// rows. The message gives the line, as a text editor counts it, and the column, in fields; both
/// count from 1.
Table read_text_table(InputFile& file, Header header);

}  // namespace lrscape::io
