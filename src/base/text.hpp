#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lrscape {

/// Splits `text` at every separator. An empty text gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Like split(), but ignores separators between quotation marks. A quotation mark opens a quotation
/// only at the start of a part or after a colon.
std::vector<std::string_view> split_unquoted(std::string_view text, char separator);

/// Parses the whole text as a number. Throws InputError with a message that begins with `what`.
double parse_number(std::string_view text, std::string_view what);

/// Likewise parses a decimal whole number, exactly over the whole range of its type: int,
/// std::int64_t or std::uint64_t.
template <std::integral Whole>
Whole parse_whole_number(std::string_view text, std::string_view what);

/// The shortest text that parses back to the same bits. Non-finite values are inf, -inf and nan.
std::string to_text(double value);
std::string to_text(float value);

/// The same text as a JSON value; null if `value` is not finite.
std::string json_number(double value);

/// `text` as a JSON string of ASCII characters. Invalid UTF-8 becomes U+FFFD.
std::string json_string(std::string_view text);

/// `text` as a field of a CSV table (RFC 4180): in quotation marks if it needs them.
std::string csv_field(std::string_view text);

/// `text` as one line of valid UTF-8 for a message. Replaces control characters, invalid bytes and
/// bidirectional marks by \xNN, and everything after the first `limit` bytes by "...".
std::string printable(std::string_view text, std::size_t limit = std::string_view::npos);

/// "1 run", "2 runs": the number and the noun, in the plural unless the number is 1.
std::string counted(std::int64_t count, std::string_view noun);

/// "; did you mean x?" with one or two candidates that begin with `given`, or else with the nearest
/// candidate. Empty if more candidates begin so, or if no candidate is near: one edit is allowed,
/// or one for every three characters.
std::string did_you_mean(std::string_view given, std::span<const std::string_view> candidates);

/// Formats a value with at most `digits` significant digits in the shorter notation: 1e-3, not
/// 0.001. Uses fixed notation if both are equally long: 0.01, not 1e-2.
std::string short_number(double value, int digits);

/// 12544 as "12,544".
std::string grouped(std::int64_t value);

}  // namespace lrscape
