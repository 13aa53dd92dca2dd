#include "base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "lrscape/error.hpp"

namespace lrscape {
namespace {

template <class Real>
std::string shortest(Real value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

/// Length in bytes of the printable UTF-8 character at the start of `text`; 0 if there is none.
std::size_t printable_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7f ? 1 : 0;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc0 || lead > 0xf7 || text.size() < length) return 0;

  std::uint32_t code_point = lead & (0xffU >> (length + 1));
  for (const char character : text.substr(1, length - 1)) {
    const auto byte = static_cast<unsigned char>(character);
    if ((byte & 0xc0U) != 0x80U) return 0;
    code_point = code_point << 6U | (byte & 0x3fU);
  }
  // UTF-8 excludes overlong forms, surrogates and code points above U+10FFFF (RFC 3629, section 3).
  constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool valid = code_point >= smallest[length] && code_point <= 0x10ffff &&
                     (code_point < 0xd800 || code_point > 0xdfff);
  // C1 controls, line and paragraph separators, and characters that change the writing direction:
  // the Bidi_Control property of Unicode.
  const bool control = code_point < 0xa0 || (code_point >= 0x2028 && code_point <= 0x202e) ||
                       (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0x61c ||
                       code_point == 0x200e || code_point == 0x200f;
  return valid && !control ? length : 0;
}

/// The Levenshtein distance, except that two neighbours that have changed places count as one edit
/// (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    next[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = row[j] + (a[i] == b[j] ? 0 : 1);
      next[j + 1] = std::min({replaced, row[j + 1] + 1, next[j] + 1});
      if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j])
        next[j + 1] = std::min(next[j + 1], before[j - 1] + 1);
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> split_unquoted(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t k = 0; k < text.size(); ++k) {
    const bool opens = text[k] == '"' && (k == begin || text[k - 1] == ':');
    // An unclosed quotation mark is an ordinary character.
    if (const auto closing = text.find('"', k + 1); opens && closing != std::string_view::npos)
      k = closing;
    if (text[k] != separator) continue;
    parts.push_back(text.substr(begin, k - begin));
    begin = k + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

double parse_number(std::string_view text, std::string_view what) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc::result_out_of_range)
    throw InputError(fmt::format("{}: '{}' is beyond the range of a double", what, text));
  if (error != std::errc() || stop != end || text.empty())
    throw InputError(fmt::format("{}: '{}' is not a number", what, text));
  return value;
}

template <std::integral Whole>
Whole parse_whole_number(std::string_view text, std::string_view what) {
  Whole whole = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, whole);
  if (error == std::errc() && stop == end) return whole;
  // Accepts 1e3 and 5.0 as whole numbers.
  const double value = parse_number(text, what);
  if (value != std::floor(value))
    throw InputError(fmt::format("{}: '{}' is not a whole number", what, text));
  using Limits = std::numeric_limits<Whole>;
  const bool inside = error != std::errc::result_out_of_range &&
                      value >= static_cast<double>(Limits::min()) &&
                      value < std::ldexp(1.0, Limits::digits);
  if (!inside)
    throw InputError(fmt::format("{}: '{}' is not a whole number from {} to {}", what, text,
                                 Limits::min(), Limits::max()));
  return static_cast<Whole>(value);
}
template int parse_whole_number(std::string_view, std::string_view);
template std::int64_t parse_whole_number(std::string_view, std::string_view);
template std::uint64_t parse_whole_number(std::string_view, std::string_view);

std::string to_text(double value) { return shortest(value); }
std::string to_text(float value) { return shortest(value); }

std::string json_number(double value) { return std::isfinite(value) ? to_text(value) : "null"; }

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char character : text) field += character == '"' ? "\"\"" : std::string(1, character);
  return field + "\"";
}

std::string counted(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string result;
  std::size_t used = 0;
  while (used < text.size()) {
    const std::size_t length = printable_length(text.substr(used));
    if (used + std::max<std::size_t>(length, 1) > limit) return result + "...";
    if (length == 0) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[used]));
      ++used;
    } else {
      result += text.substr(used, length);
      used += length;
    }
  }
  return result;
}

std::string did_you_mean(std::string_view given, std::span<const std::string_view> candidates) {
  // A prefix is not a typo: suggest every candidate that completes it.
  std::vector<std::string_view> longer;
  for (const auto candidate : candidates)
    if (given.size() >= 3 && candidate.starts_with(given)) longer.push_back(candidate);
  if (longer.size() > 2) return "";  // No better than the list of all names.
  if (!longer.empty()) return fmt::format("; did you mean {}?", fmt::join(longer, " or "));
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, given.size() / 3) + 1;
  for (const auto candidate : candidates) {
    const auto distance = edit_distance(given, candidate);
    // Names without a character in common are no match.
    if (distance < std::min(least, std::max(given.size(), candidate.size()))) {
      least = distance;
      best = candidate;
    }
  }
  return best.empty() ? std::string() : fmt::format("; did you mean {}?", best);
}

std::string short_number(double value, int digits) {
  if (value == 0.0) return "0";
  if (!std::isfinite(value)) return fmt::format("{}", value);
  const std::string scientific = fmt::format("{:.{}e}", std::fabs(value), std::max(digits, 1) - 1);
  const std::size_t mark = scientific.find('e');
  const int exponent = std::stoi(scientific.substr(mark + 1));
  std::string figures = scientific.substr(0, mark);
  figures.erase(std::remove(figures.begin(), figures.end(), '.'), figures.end());
  figures.erase(figures.find_last_not_of('0') + 1);

  const int count = static_cast<int>(figures.size());
  const auto zeros = [](int number) { return std::string(static_cast<std::size_t>(number), '0'); };
  std::string fixed;
  if (exponent < 0) {
    fixed = "0." + zeros(-exponent - 1) + figures;
  } else if (exponent >= count - 1) {
    fixed = figures + zeros(exponent - count + 1);
  } else {
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    fixed = figures.substr(0, whole) + "." + figures.substr(whole);
  }
  const std::string power = figures.substr(0, 1) + (count > 1 ? "." + figures.substr(1) : "") +
                            fmt::format("e{}", exponent);
  return (value < 0 ? "-" : "") + (power.size() < fixed.size() ? power : fixed);
}

std::string grouped(std::int64_t value) {
  std::string text = fmt::format("{}", value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t i = text.size(); i > first + 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

}  // namespace lrscape
