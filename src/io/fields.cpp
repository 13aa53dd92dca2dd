#include "io/fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

namespace lrscape::io {
namespace {

bool is_blank(char character) { return character == ' ' || character == '\t'; }

char lower_case(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// The ways in which spreadsheets, pandas and R write that there is no value. NaN is one of them.
bool is_missing(std::string_view field) {
  constexpr std::array<std::string_view, 8> words{"",  "na",   "n/a",  "<na>",
                                                  "?", "null", "none", "#n/a"};
  return std::ranges::any_of(words, [&](std::string_view word) {
    return std::ranges::equal(field, word, {}, lower_case);
  });
}

FieldKind read_decimal_point(std::string_view field, double& value) {
  // std::from_chars does not accept a plus sign.
  const bool plus = field.size() > 1 && field[0] == '+' && field[1] != '-';
  const char* const last = field.data() + field.size();
  const auto [end, error] = std::from_chars(field.data() + (plus ? 1 : 0), last, value);
  if (end != last || error == std::errc::invalid_argument) return FieldKind::text;
  if (error != std::errc()) return FieldKind::out_of_range;
  if (std::isnan(value)) return FieldKind::missing;
  return std::isinf(value) ? FieldKind::infinite : FieldKind::number;
}

/// The share of numbers among the fields that are not missing, plus a half if all lines have the
/// same number of fields. Below 0 if the separator separates nothing.
double fit_of(char separator, const std::vector<Line>& lines) {
  std::size_t most = 0, fewest = lines.front().text.size() + 1, numbers = 0, texts = 0;
  NumberReader reader(separator);
  for (const Line& line : lines) {
    std::size_t count = 0;
    Fields fields(line.text, separator);
    std::string_view field;
    while (fields.next(field)) {
      double ignored = 0;
      const FieldKind kind = reader.read(field, ignored);
      ++count;
      if (kind == FieldKind::missing) continue;
      ++(kind == FieldKind::text ? texts : numbers);
    }
    most = std::max(most, count);
    fewest = std::min(fewest, count);
  }
  if (most < 2 && separator != Fields::none) return -1;
  const double share = numbers + texts == 0
                           ? 0
                           : static_cast<double>(numbers) / static_cast<double>(numbers + texts);
  return share + (most > 1 && most == fewest ? 0.5 : 0);
}

}  // namespace

bool Lines::next(Line& line) {
  blank_.clear();
  while (!rest_.empty()) {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    while (text.ends_with('\r')) text.remove_suffix(1);
    const std::string_view content = trimmed(text);
    if (content.empty()) {
      blank_.push_back(number_);
    } else if (content.front() == '#' && !content.starts_with("#N/A")) {
      if (comments_++ == 0) first_comment_ = number_;
    } else {
      line = {text, number_};
      return true;
    }
  }
  return false;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool Fields::next(std::string_view& field) {
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

bool Fields::ends_field(std::size_t position) const {
  const char character = rest_[position];
  return character == separator_ || (separator_ == ' ' && character == '\t');
}

std::size_t Fields::field_end() const {
  std::size_t position = 0;
  while (position < rest_.size() && !ends_field(position)) {
    if (rest_[position] == '"') return quoted_field_end(position);
    if (!is_blank(rest_[position])) break;
    ++position;
  }
  return plain_field_end(position);
}

std::size_t Fields::plain_field_end(std::size_t position) const {
  while (position < rest_.size() && !ends_field(position)) ++position;
  return position;
}

/// An unclosed quote is an ordinary character.
std::size_t Fields::quoted_field_end(std::size_t opening) const {
  std::size_t closing = rest_.find('"', opening + 1);
  while (closing != rest_.npos && closing + 1 < rest_.size() && rest_[closing + 1] == '"') {
    closing = rest_.find('"', closing + 2);
  }
  return plain_field_end(closing == rest_.npos ? opening : closing + 1);
}

std::vector<std::string_view> fields_of(std::string_view line, char separator) {
  Fields fields(line, separator);
  std::vector<std::string_view> all;
  std::string_view field;
  while (fields.next(field)) all.push_back(field);
  return all;
}

std::size_t count_fields(std::string_view line, char separator) {
  Fields fields(line, separator);
  std::string_view field;
  std::size_t count = 0;
  while (fields.next(field)) ++count;
  return count;
}

std::string unquoted(std::string_view field) {
  std::string text;
  for (std::size_t k = 0; k < field.size(); ++k) {
    text += field[k];
    if (field[k] == '"' && k + 1 < field.size() && field[k + 1] == '"') ++k;
  }
  return text;
}

FieldKind NumberReader::read(std::string_view field, double& value) {
  if (is_missing(field)) return FieldKind::missing;
  FieldKind kind = read_decimal_point(field, value);
  if (!comma_allowed_) return kind;
  if (kind == FieldKind::text) return read_decimal_comma(field, value);
  if (field.find('.') == field.npos) return kind;
  if (mark_ == ',') return FieldKind::text;
  mark_ = '.';
  return kind;
}

FieldKind NumberReader::read_decimal_comma(std::string_view field, double& value) {
  const std::size_t comma = field.find(',');
  if (mark_ == '.' || comma == field.npos || field.find('.') != field.npos) return FieldKind::text;
  std::string text(field);
  text[comma] = '.';
  const FieldKind kind = read_decimal_point(text, value);
  if (kind == FieldKind::number) mark_ = ',';
  return kind;
}

char detected_separator(const std::vector<Line>& lines) {
  char best = Fields::none;
  double best_fit = fit_of(best, lines);
  for (const char candidate : {' ', ',', '\t', ';'}) {
    const double fit = fit_of(candidate, lines);
    if (fit < best_fit || (fit == best_fit && fit < 0)) continue;
    best = candidate;
    best_fit = fit;
  }
  return best;
}

}  // namespace lrscape::io
