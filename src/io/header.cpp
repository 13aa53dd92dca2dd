#include "io/header.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "base/text.hpp"

namespace lrscape::io {
namespace {

/// The kinds of the fields of a line, whatever their decimal mark.
struct Kinds {
  std::size_t numbers = 0, texts = 0, missing = 0;

  Kinds(const Line& line, char separator) {
    for (const auto field : fields_of(line.text, separator)) {
      double ignored = 0;
      const FieldKind kind = NumberReader(separator).read(field, ignored);
      ++(kind == FieldKind::text ? texts : kind == FieldKind::missing ? missing : numbers);
    }
  }
};

bool is_letter(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
         byte >= 0x80;
}

/// A title that cannot be a number with a typing error, such as "learning rate" or "loss (train)",
/// but not "l.5" or "-".
bool is_plain_word(std::string_view field) {
  constexpr std::string_view allowed = " 0123456789-()[]/%:";
  if (field.empty() || !is_letter(field.front())) return false;
  for (std::size_t k = 0; k < field.size(); ++k) {
    const bool joins_letters = field[k] == '.' && k + 1 < field.size() && is_letter(field[k - 1]) &&
                               is_letter(field[k + 1]);
    if (!is_letter(field[k]) && !joins_letters && allowed.find(field[k]) == allowed.npos)
      return false;
  }
  return true;
}

/// The value of a field of digits, without sign and decimal mark.
std::optional<std::int64_t> plain_whole_number(std::string_view field) {
  std::int64_t value = 0;
  if (field.empty() || field.front() == '-') return std::nullopt;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return value;
}

bool all_whole(const Line& line, char separator) {
  return std::ranges::all_of(fields_of(line.text, separator), [](std::string_view field) {
    return plain_whole_number(field).has_value();
  });
}

/// Whether each field is the whole number after that of the field before it.
bool counts_up(const std::vector<std::string_view>& fields, std::size_t first) {
  for (std::size_t k = first; k < fields.size(); ++k) {
    const auto value = plain_whole_number(fields[k]);
    if (!value || (k > first && *value != *plain_whole_number(fields[k - 1]) + 1)) return false;
  }
  return true;
}

std::string shown_titles(const std::vector<std::string_view>& fields) {
  constexpr std::size_t most = 6;
  std::vector<std::string> titles;
  for (std::size_t k = 0; k < std::min(fields.size(), most); ++k)
    titles.push_back(printable(unquoted(fields[k]), shown_bytes));
  return fmt::format("{}{}", fmt::join(titles, ", "), fields.size() > most ? ", ..." : "");
}

Note titles_note(const InputFile& file, const Line& line, char separator, bool doubtful) {
  return {fmt::format("{}: line {} is read as titles: {}", file.name(), line.number,
                      shown_titles(fields_of(line.text, separator))),
          doubtful ? Remedy::no_header : Remedy::none, doubtful};
}

HeaderDecision decide_single(const InputFile& file, const std::vector<Line>& lines) {
  const Line& first = lines.front();
  const std::string_view field = fields_of(first.text, Fields::none).front();
  const Kinds kinds(first, Fields::none);
  if (kinds.texts > 0) {
    if (is_plain_word(field)) return {true, titles_note(file, first, Fields::none, false)};
    file.refuse(fmt::format(
        "line {}: found \"{}\", expected a number such as -1.5e-3, or a plain word as a title",
        first.number, printable(field, shown_bytes)));
  }
  // pandas writes the title 0 above a single column.
  const bool whole_below = std::any_of(lines.begin() + 1, lines.end(), [](const Line& line) {
    return all_whole(line, Fields::none);
  });
  if (field == "0" && lines.size() > 1 && !whole_below)
    return {false, Note{fmt::format("{}: line {} is 0 and is read as a value; it may be a title",
                                    file.name(), first.number),
                        Remedy::header}};
  return {};
}

HeaderDecision decide_numeric(const InputFile& file, const std::vector<Line>& lines,
                              char separator) {
  if (lines.size() < 2) return {};
  const Line& first = lines.front();
  const auto fields = fields_of(first.text, separator);
  // Above an index, pandas writes no title.
  if (fields.front().empty() && plain_whole_number(fields[1]) == 0 && counts_up(fields, 1) &&
      fields_of(lines[1].text, separator).front() == "0")
    return {true, titles_note(file, first, separator, true)};
  if (!counts_up(fields, 0)) return {};

  const auto rest = std::vector<Line>(lines.begin() + 1, lines.end());
  const bool whole_below =
      std::ranges::any_of(rest, [&](const Line& line) { return all_whole(line, separator); });
  const bool text_below =
      std::ranges::any_of(rest, [&](const Line& line) { return Kinds(line, separator).texts > 0; });
  // Two or three columns of values may well begin with 0 and 1, or with 1, 2 and 3, but hardly
  // many.
  constexpr std::size_t few = 3, many = 8;
  const std::size_t count = fields.size();
  if (count >= many || text_below || (count >= few && !whole_below))
    return {true, titles_note(file, first, separator, true)};
  if (count > few || plain_whole_number(fields.front()) == 0)
    return {false, Note{fmt::format("{}: line {} counts {} and is read as values; it may be titles",
                                    file.name(), first.number, shown_titles(fields)),
                        Remedy::header}};
  return {};
}

}  // namespace

HeaderDecision decide_header(const InputFile& file, const std::vector<Line>& lines, char separator,
                             Header choice) {
  if (choice != Header::automatic) return {choice == Header::yes, std::nullopt};
  if (separator == Fields::none) return decide_single(file, lines);
  const Kinds kinds(lines.front(), separator);
  if (kinds.texts == 0) {
    if (count_fields(lines.front().text, separator) < 2) return {};
    return decide_numeric(file, lines, separator);
  }
  return {true, titles_note(file, lines.front(), separator, kinds.numbers > 0)};
}

}  // namespace lrscape::io
