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

/// Decides about the first of these lines, which are the first lines of the file.
///
/// - With several columns, a line is a header if a field is text. Titles that are numbers are
///   suspected in a line of consecutive whole numbers. The line is a header if the lines below look
///   different, and kept as values otherwise; the decision is noted.
/// - With one column, a line is a header if it is a plain word. Throws InputError if it is neither
/// a
///   number nor missing nor a plain word: it may be a number with a typing error.
HeaderDecision decide_header(const InputFile& file, const std::vector<Line>& lines, char separator,
                             Header choice);

}  // namespace lrscape::io
