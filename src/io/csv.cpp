#include "io/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "io/read_matrix.hpp"

namespace lrscape::io {
namespace {

constexpr std::size_t shown_bytes = 40;

bool is_blank(char character) { return character == ' ' || character == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Iterates over the fields of a line and strips blanks and quotes around them.
class Fields {
 public:
  /// `separator` is ',', ';', '\t', or ' ' for runs of spaces and tabs.
  Fields(std::string_view line, char separator)
      : rest_(separator == ' ' ? trimmed(line) : line), separator_(separator) {}

  bool next(std::string_view& field) {
    if (finished_) return false;
    const std::size_t end = field_end();
    field = trimmed(rest_.substr(0, end));
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"') {
      field = trimmed(field.substr(1, field.size() - 2));
    }
    finished_ = end == rest_.size();
    if (!finished_) rest_.remove_prefix(end + 1);
    if (separator_ == ' ') rest_ = trimmed(rest_);
    return true;
  }

 private:
  bool ends_field(std::size_t position) const {
    const char character = rest_[position];
    return character == separator_ || (separator_ == ' ' && character == '\t');
  }

  std::size_t field_end() const {
    std::size_t position = 0;
    while (position < rest_.size() && !ends_field(position)) {
      if (rest_[position] == '"') return quoted_field_end(position);
      if (!is_blank(rest_[position])) break;
      ++position;
    }
    return plain_field_end(position);
  }

  std::size_t plain_field_end(std::size_t position) const {
    while (position < rest_.size() && !ends_field(position)) ++position;
    return position;
  }

  /// A doubled quote within quotes stands for one quote (RFC 4180, section 2). An unclosed quote is
  /// an ordinary character.
  std::size_t quoted_field_end(std::size_t opening) const {
    std::size_t closing = rest_.find('"', opening + 1);
    while (closing != rest_.npos && closing + 1 < rest_.size() && rest_[closing + 1] == '"') {
      closing = rest_.find('"', closing + 2);
    }
    return plain_field_end(closing == rest_.npos ? opening : closing + 1);
  }

  std::string_view rest_;
  char separator_;
  bool finished_ = false;
};

std::size_t count_fields(std::string_view line, char separator) {
  Fields fields(line, separator);
  std::string_view field;
  std::size_t count = 0;
  while (fields.next(field)) ++count;
  return count;
}

/// A line without a separator has a single column, for which any separator works.
char detected_separator(std::string_view line) {
  for (const char candidate : {';', ',', '\t', ' '}) {
    if (trimmed(line).find(candidate) != line.npos) return candidate;
  }
  return ',';
}

enum class FieldKind { number, empty, text, out_of_range };

FieldKind parse_number(std::string_view field, double& value) {
  if (field.empty()) return FieldKind::empty;
  // std::from_chars does not accept a plus sign.
  const bool plus = field.size() > 1 && field[0] == '+' && field[1] != '-';
  const char* const last = field.data() + field.size();
  const auto [end, error] = std::from_chars(field.data() + (plus ? 1 : 0), last, value);
  if (end != last || error == std::errc::invalid_argument) return FieldKind::text;
  return error == std::errc() ? FieldKind::number : FieldKind::out_of_range;
}

/// Whether a line holds text and no number. A line with a number may be data with a typo, which
/// must not pass as a header. A line with only empty fields is not a header.
bool is_header(std::string_view line) {
  Fields fields(line, detected_separator(line));
  std::string_view field;
  double ignored = 0.0;
  bool has_text = false;
  while (fields.next(field)) {
    const FieldKind kind = parse_number(field, ignored);
    if (kind != FieldKind::text && kind != FieldKind::empty) return false;
    has_text = has_text || kind == FieldKind::text;
  }
  return has_text;
}

struct Line {
  std::string_view text;
  std::size_t number = 0;
};

class CsvParser {
 public:
  explicit CsvParser(const InputFile& file) : file_(file) {}

  Matrix parse(std::string_view text) {
    std::size_t number = 0;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++number;
      while (line.ends_with('\r')) line.remove_suffix(1);
      const std::string_view content = trimmed(line);
      if (content.empty() && matrix_.rows > 0 && blank_line_ == 0) blank_line_ = number;
      if (!content.empty() && content.front() != '#') read({line, number});
    }
    if (matrix_.rows == 0) {
      file_.refuse(header_ ? fmt::format("found only a header (line {}), expected lines of numbers",
                                         header_->number)
                           : "found only blank lines and comments, expected lines of numbers");
    }
    return std::move(matrix_);
  }

 private:
  void read(const Line& line) {
    if (matrix_.rows == 0) {
      if (!header_ && is_header(line.text)) {
        header_ = line;
        return;
      }
      separator_ = detected_separator(line.text);
      matrix_.columns = count_fields(line.text, separator_);
      first_line_ = line.number;
      if (header_) check_field_count(*header_);
    }
    append(line);
  }

  void append(const Line& line) {
    // In a file with a single column, a blank line may be a missing value.
    if (blank_line_ > 0 && matrix_.columns == 1)
      file_.refuse(fmt::format("line {} is blank, expected 1 field as in line {}", blank_line_,
                               first_line_));
    Fields fields(line.text, separator_);
    std::string_view field;
    std::size_t count = 0;
    while (count < matrix_.columns && fields.next(field)) {
      double value = 0.0;
      const FieldKind kind = parse_number(field, value);
      if (kind != FieldKind::number) refuse_field(kind, field, line.number, count + 1);
      matrix_.values.push_back(value);
      ++count;
    }
    if (count < matrix_.columns || fields.next(field)) check_field_count(line);
    ++matrix_.rows;
  }

  void check_field_count(const Line& line) const {
    const std::size_t count = count_fields(line.text, separator_);
    if (count == matrix_.columns) return;
    file_.refuse(fmt::format("line {} has {} {}, expected {} as in line {}{}", line.number, count,
                             count == 1 ? "field" : "fields", matrix_.columns, first_line_,
                             header_ && header_->number == line.number
                                 ? " (mark a title or comment with a leading '#')"
                                 : ""));
  }

  [[noreturn]] void refuse_field(FieldKind kind, std::string_view field, std::size_t line,
                                 std::size_t column) const {
    const std::string place = fmt::format("line {}, column {}", line, column);
    const std::string shown = printable(field, shown_bytes);
    if (kind == FieldKind::empty) {
      file_.refuse(fmt::format("{}: found an empty field, expected a number", place));
    }
    if (kind == FieldKind::out_of_range) {
      file_.refuse(
          fmt::format("{}: found {}, expected a number in the range of a double (0, or "
                      "from 4.9e-324 to 1.8e308 in magnitude)",
                      place, shown));
    }
    file_.refuse(fmt::format("{}: found \"{}\", expected a number such as -1.5e-3", place, shown));
  }

  const InputFile& file_;
  Matrix matrix_;
  std::optional<Line> header_;
  std::size_t first_line_ = 0;
  std::size_t blank_line_ = 0;  ///< The first blank line after a line of numbers; 0 if none.
  char separator_ = ',';
};

}  // namespace

Matrix read_csv(const std::filesystem::path& path) {
  InputFile file(path);
  std::string text(file.remaining(), '\0');
  file.read(text.data(), text.size());

  std::string_view content = text;
  if (content.starts_with("\xff\xfe") || content.starts_with("\xfe\xff")) {
    file.refuse("found UTF-16 text, expected UTF-8 or ASCII; save the file as UTF-8");
  }
  if (content.starts_with("\xef\xbb\xbf")) content.remove_prefix(3);
  return CsvParser(file).parse(content);
}

}  // namespace lrscape::io
