#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lrscape::io {

/// A line of a text file that is neither blank nor a comment. Lines count from 1.
struct Line {
  std::string_view text;
  std::size_t number = 0;
};

/// Iterates over the lines of a text. Skips blank lines and lines that begin with '#'.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  bool next(Line& line);

  /// The numbers of the blank lines that the last call of next() skipped.
  std::span<const std::size_t> blank() const { return blank_; }
  std::size_t comments() const { return comments_; }
  std::size_t first_comment() const { return first_comment_; }

 private:
  std::string_view rest_;
  std::size_t number_ = 0, comments_ = 0, first_comment_ = 0;
  std::vector<std::size_t> blank_;
};

std::string_view trimmed(std::string_view text);

/// Iterates over the fields of a line and strips blanks and quotes around them.
class Fields {
 public:
  /// `separator` is ';', ',', '\t', ' ' for runs of spaces and tabs, or `none`.
  Fields(std::string_view line, char separator)
      : rest_(separator == ' ' ? trimmed(line) : line), separator_(separator) {}

  bool next(std::string_view& field);

  /// The separator of a line that is a single field.
  static constexpr char none = '\n';

 private:
  bool ends_field(std::size_t position) const;
  std::size_t field_end() const;
  std::size_t plain_field_end(std::size_t position) const;
  std::size_t quoted_field_end(std::size_t opening) const;

  std::string_view rest_;
  char separator_;
  bool finished_ = false;
};

std::vector<std::string_view> fields_of(std::string_view line, char separator);
std::size_t count_fields(std::string_view line, char separator);

/// The text of a field in which a doubled quote stands for one quote (RFC 4180, section 2).
std::string unquoted(std::string_view field);

enum class FieldKind { number, missing, text, out_of_range, infinite };

/// Reads numbers with one decimal mark: that of the first number that has one. A comma can be the
/// decimal mark only where it does not separate fields.
class NumberReader {
 public:
  explicit NumberReader(char separator)
      : comma_allowed_(separator == ';' || separator == '\t' || separator == ' ') {}

  FieldKind read(std::string_view field, double& value);

  bool has_decimal_commas() const { return mark_ == ','; }

 private:
  FieldKind read_decimal_comma(std::string_view field, double& value);

  bool comma_allowed_;
  char mark_ = '\0';  ///< '.' or ','; '\0' until a number has one.
};

/// The separator with which the most fields of these lines are numbers. Lines that all have the
/// same number of fields count in favour of their separator. Prefers ';' to tab, tab to ',' and ','
/// to ' '.
char detected_separator(const std::vector<Line>& lines);

}  // namespace lrscape::io
