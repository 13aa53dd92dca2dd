#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/error.hpp"
#include "lrscape/matrix.hpp"

namespace lrscape::io {

/// Something that a reader decided, or that the user did not ask for. The caller prints it.
struct Note {
  std::string text;
  Remedy remedy = Remedy::none;  ///< How to decide otherwise.
  bool doubtful = true;          ///< Whether another decision may be right.
};

struct Column {
  std::size_t number = 0;  ///< Counted from 1, as in the file.
  std::string title;       ///< Empty if there is none.
  /// The different texts of a column of text, sorted. Its values in the table are the indices of
  /// its texts in this list. Empty for a column of numbers.
  std::vector<std::string> texts;
  std::string first_text;      ///< Printable.
  std::size_t first_line = 0;  ///< The line of `first_text`.

  bool is_text() const { return !texts.empty(); }
  /// "column 3 (mpg)"
  std::string name() const;
};

/// The rows and columns of a file. Numbers are finite; a missing value is NaN.
struct Table {
  std::string name;  ///< The name of the file, for messages.
  Matrix values;
  std::vector<Column> columns;
  std::vector<std::size_t> lines;  ///< The line of each row. Empty if the file has no lines.
  std::vector<Note> notes;
  std::vector<std::string> facts;  ///< In short, each decision that changed the rows or columns.

  bool has_titles() const;
  /// "line 3" or, without lines, "row 3"
  std::string place(std::size_t row) const;
  [[noreturn]] void refuse(std::string_view message, Remedy remedy = Remedy::none) const;
};

/// Makes `count` columns without titles. Throws InputError if this machine has too little memory.
void number_columns(Table& table, std::size_t count);

/// The index in table.columns of the column with a title or, if no title matches, with a number
/// counted from 1. Throws InputError if there is none.
std::size_t find_column(const Table& table, std::string_view title_or_number);

/// Moves one column out of the table.
Table take_column(Table& table, std::size_t column);

/// Keeps the rows for which keep[row] is true.
void keep_rows(Table& table, const std::vector<bool>& keep);

/// Whether each row has all its values.
std::vector<bool> complete_rows(const Table& table);

/// Replaces each column of text by one column for each of its texts: 1 where the row has the text,
/// else 0. A missing text is missing in all of them. `other`, if given, gets the same columns.
/// Throws InputError if `other` has a text that the table lacks.
void encode_texts(Table& table, Table* other);

/// If the table has text, throws InputError with the place of the first text and `remedy`.
void refuse_texts(const Table& table, Remedy remedy = Remedy::none);

/// If a value is missing, throws InputError with the place of the first one and `remedy`.
void refuse_missing(const Table& table, Remedy remedy = Remedy::none);

/// If the other columns have titles, leaves out a first column that has none, or is titled
/// "Unnamed: 0", and whose values count 0, 1, 2, ...: pandas writes an index this way. Notes this,
/// and a first column that may be another index.
void leave_out_index(Table& table);

}  // namespace lrscape::io
