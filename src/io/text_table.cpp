#include "io/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/memory.hpp"
#include "base/text.hpp"
#include "io/fields.hpp"

namespace lrscape::io {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// A column of text has one feature for each of its texts, so more are a mistake.
constexpr std::size_t most_texts = 10000;

std::vector<Line> first_lines(std::string_view text) {
  constexpr std::size_t most_lines = 100, most_bytes = std::size_t{1} << 20;
  Lines lines(text);
  std::vector<Line> first;
  Line line;
  std::size_t bytes = 0;
  // A header of many titles may be longer than all that is looked at.
  while ((first.size() < 2 || (first.size() < most_lines && bytes < most_bytes)) &&
         lines.next(line)) {
    first.push_back(line);
    bytes += line.text.size();
  }
  return first;
}

/// The texts of one column, in order of appearance.
struct Texts {
  std::map<std::string, std::size_t> indices;
  std::size_t first_number_line = 0;  ///< 0 if the column has no number.
};

class TextTableReader {
 public:
  TextTableReader(const InputFile& file, std::string_view text, Header header)
      : file_(file), text_(text), first_lines_(first_lines(text)), header_choice_(header) {}

  Table read() {
    if (first_lines_.empty())
      file_.refuse("found only blank lines and comments, expected lines of numbers");
    separator_ = detected_separator(first_lines_);
    numbers_ = NumberReader(separator_);
    table_.name = file_.name();
    number_columns(table_, count_fields(first_lines_.front().text, separator_));
    const HeaderDecision decision = decide_header(file_, first_lines_, separator_, header_choice_);
    if (decision.note) table_.notes.push_back(*decision.note);
    suspects_titles_ = decision.note && !decision.is_header;
    prepare_columns(decision.is_header);
    read_rows(decision.is_header);
    sort_texts();
    add_notes();
    return std::move(table_);
  }

 private:
  void prepare_columns(bool is_header) {
    if (is_header && first_lines_.size() == 1)
      file_.refuse(fmt::format("found only a header (line {}), expected lines of numbers",
                               first_lines_.front().number));
    const Line& row = first_lines_[is_header ? 1 : 0];
    first_row_line_ = row.number;
    const std::size_t count = count_fields(row.text, separator_);
    number_columns(table_, count);
    texts_.resize(count);
    if (!is_header) return;
    header_line_ = first_lines_.front().number;
    auto titles = fields_of(first_lines_.front().text, separator_);
    // Between blanks, an empty title cannot be seen: R and pandas write none above an index.
    if (separator_ == ' ' && titles.size() + 1 == count) titles.insert(titles.begin(), "");
    if (titles.size() != count) refuse_field_count(first_lines_.front());
    for (std::size_t k = 0; k < count; ++k) table_.columns[k].title = unquoted(titles[k]);
    table_.facts.push_back(fmt::format("titles in line {}", header_line_));
  }

  void read_rows(bool is_header) {
    Lines lines(text_);
    Line line;
    if (is_header) lines.next(line);
    while (lines.next(line)) {
      // In a file with a single column, a blank line may be a missing value.
      if (table_.columns.size() == 1 && (is_header || table_.values.rows > 0))
        for (const std::size_t blank : lines.blank()) {
          reserve_row();
          table_.values.values.push_back(missing);
          end_row(blank);
        }
      reserve_row();
      append(line);
    }
    table_.values.columns = table_.columns.size();
    comments_ = lines.comments();
    first_comment_ = lines.first_comment();
  }

  /// Grows the memory for the numbers and lines of the rows. The text stays in memory meanwhile.
  void reserve_row() {
    std::vector<double>& values = table_.values.values;
    if (values.capacity() - values.size() >= table_.columns.size()) return;
    const std::size_t capacity = std::max(2 * values.capacity(), 64 * table_.columns.size());
    const double rows = static_cast<double>(capacity) / static_cast<double>(table_.columns.size());
    check_memory(fmt::format("{}: more than {} numbers", file_.name(), values.size()),
                 static_cast<double>(text_.size()) +
                     1.5 * sizeof(double) * (static_cast<double>(capacity) + rows));
    values.reserve(capacity);
  }

  void append(const Line& line) {
    Fields fields(line.text, separator_);
    std::string_view field;
    std::size_t count = 0;
    while (count < table_.columns.size() && fields.next(field)) {
      table_.values.values.push_back(read_value(field, line.number, count));
      ++count;
    }
    if (count < table_.columns.size() || fields.next(field)) refuse_field_count(line);
    end_row(line.number);
  }

  void end_row(std::size_t line) {
    table_.lines.push_back(line);
    ++table_.values.rows;
  }

  double read_value(std::string_view field, std::size_t line, std::size_t index) {
    double value = missing;
    Column& column = table_.columns[index];
    Texts& texts = texts_[index];
    switch (numbers_.read(field, value)) {
      case FieldKind::number:
        if (!texts.indices.empty()) refuse_mix(column, line);
        if (texts.first_number_line == 0) texts.first_number_line = line;
        if (numbers_.has_decimal_commas() && decimal_comma_line_ == 0) decimal_comma_line_ = line;
        return value;
      case FieldKind::missing:
        return missing;
      case FieldKind::text:
        return read_text(field, line, column, texts);
      case FieldKind::infinite:
        file_.refuse(fmt::format("line {}, column {}: found {}, expected a finite number", line,
                                 index + 1, printable(field, shown_bytes)));
      case FieldKind::out_of_range:
        break;
    }
    file_.refuse(
        fmt::format("line {}, column {}: found {}, expected a number in the range of a "
                    "double (0, or from 4.9e-324 to 1.8e308 in magnitude)",
                    line, index + 1, printable(field, shown_bytes)));
  }

  double read_text(std::string_view field, std::size_t line, Column& column, Texts& texts) {
    if (texts.indices.empty()) {
      column.first_line = line;
      column.first_text = printable(field, shown_bytes);
    }
    if (texts.first_number_line > 0) refuse_mix(column, texts.first_number_line);
    std::string text = unquoted(field);
    const auto found = texts.indices.find(text);
    if (found != texts.indices.end()) return static_cast<double>(found->second);
    if (texts.indices.size() == most_texts)
      file_.refuse(
          fmt::format("line {}, column {}: found \"{}\", expected a number, or at most {} "
                      "different texts in a column",
                      line, column.number, printable(field, shown_bytes), most_texts));
    const std::size_t index = texts.indices.size();
    texts.indices.emplace(std::move(text), index);
    return static_cast<double>(index);
  }

  [[noreturn]] void refuse_mix(const Column& column, std::size_t number_line) const {
    const bool comma =
        column.first_text.find_first_of(".,") != std::string::npos && decimal_comma_line_ > 0;
    file_.refuse(fmt::format("line {}, column {}: found \"{}\", expected a number{} as in line {}",
                             column.first_line, column.number, column.first_text,
                             comma ? " with a decimal comma" : "", number_line));
  }

  [[noreturn]] void refuse_field_count(const Line& line) const {
    const std::size_t count = count_fields(line.text, separator_);
    file_.refuse(fmt::format(
        "line {} has {} {}, expected {} as in line {}{}", line.number, count,
        count == 1 ? "field" : "fields", table_.columns.size(), first_row_line_,
        line.number == header_line_ ? " (mark a title or comment with a leading '#')" : ""));
  }

  /// Sorts the texts of each column, so that the order of the rows does not matter.
  void sort_texts() {
    for (std::size_t k = 0; k < texts_.size(); ++k) {
      if (texts_[k].indices.empty()) continue;
      std::vector<double> sorted(texts_[k].indices.size());
      for (const auto& [text, index] : texts_[k].indices) {
        sorted[index] = static_cast<double>(table_.columns[k].texts.size());
        table_.columns[k].texts.push_back(text);
      }
      for (std::size_t row = 0; row < table_.values.rows; ++row) {
        double& value = table_.values(row, k);
        if (value == value) value = sorted[static_cast<std::size_t>(value)];
      }
    }
  }

  void add_notes() {
    if (comments_ > 0)
      table_.notes.push_back(
          {fmt::format("{}: skipped {} that begin{} with # (line {}{})", file_.name(),
                       comments_ == 1 ? "a line" : fmt::format("{} lines", comments_),
                       comments_ == 1 ? "s" : "", first_comment_, comments_ == 1 ? "" : ", ..."),
           Remedy::none, false});
    if (decimal_comma_line_ > 0) {
      table_.notes.push_back({fmt::format("{}: commas are read as decimal commas (line {})",
                                          file_.name(), decimal_comma_line_)});
      table_.facts.emplace_back("decimal commas");
    }
    if (may_be_decimal_commas())
      table_.notes.push_back(
          {fmt::format("{}: two columns of whole numbers, separated by commas; if the commas are "
                       "decimal commas, replace them by points",
                       file_.name())});
  }

  /// "1,5" is two fields, or one and a half.
  bool may_be_decimal_commas() const {
    constexpr std::size_t fewest_rows = 3;
    if (separator_ != ',' || table_.columns.size() != 2 || header_line_ > 0 || suspects_titles_ ||
        table_.values.rows < fewest_rows)
      return false;
    const auto& numbers = table_.values.values;
    return std::ranges::all_of(numbers, [](double value) { return value == std::floor(value); }) &&
           std::ranges::none_of(texts_, [](const Texts& texts) { return !texts.indices.empty(); });
  }

  const InputFile& file_;
  std::string_view text_;
  std::vector<Line> first_lines_;
  Header header_choice_;
  char separator_ = ',';
  bool suspects_titles_ = false;
  NumberReader numbers_{','};
  Table table_;
  std::vector<Texts> texts_;
  std::size_t header_line_ = 0, first_row_line_ = 0, decimal_comma_line_ = 0;
  std::size_t comments_ = 0, first_comment_ = 0;
};

}  // namespace

Table read_text_table(InputFile& file, Header header) {
  const std::string text = file.read_all();
  std::string_view content = text;
  if (content.starts_with("\xff\xfe") || content.starts_with("\xfe\xff")) {
    file.refuse("found UTF-16 text, expected UTF-8 or ASCII; save the file as UTF-8");
  }
  if (content.starts_with("\xef\xbb\xbf")) content.remove_prefix(3);
  return TextTableReader(file, content, header).read();
}

}  // namespace lrscape::io
