#pragma once

#include <optional>
#include <vector>

#include "io/fields.hpp"
#include "io/input_file.hpp"
#include "io/table.hpp"

namespace lrscape::io {

/// Whether the first line of a text file holds the titles of its columns.
enum class Header { automatic, yes, no };

struct HeaderDecision {
  bool is_header = false;
  std::optional<Note> note;
};

/// Decides whether the first line is a header. `lines` are the first lines of the file.
///
/// - With several columns, a line is a header if a field is text. A line of consecutive whole
/// numbers
///   is a header if it has eight fields or more, if a line below has text, or if it has three
///   fields or more and no line below holds only whole numbers. A doubtful decision is noted.
/// - With one column, a line is a header if it is a plain word. Throws InputError if the line is
/// not
///   a number, a missing value or a plain word: it may be a number with a typing error.
HeaderDecision decide_header(const InputFile& file, const std::vector<Line>& lines, char separator,
                             Header choice);

}  // namespace lrscape::io
