#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lrscape {

/// The parts of `text` between separators; one empty part for an empty text.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The same but for separators within a quoted part, one that begins with a quotation mark behind a
/// separator, a colon or nothing.
std::vector<std::string_view> split_unquoted(std::string_view text, char separator);

/// The whole text as a number, or an InputError that begins with `what`.
double parse_number(std::string_view text, std::string_view what);

/// The same for a whole number, decimal and exact over the range of its type: int, std::int64_t or
/// std::uint64_t.
template <std::integral Whole>
Whole parse_whole_number(std::string_view text, std::string_view what);

/// The shortest text that reads back to the same bits; inf, -inf and nan as such.
std::string to_text(double value);
std::string to_text(float value);

/// The same as a JSON value: null for what is not finite.
std::string json_number(double value);

/// "; did you mean x?" for the candidates that begin with `given`, else for the nearest one; nothing if
/// none is near.
std::string did_you_mean(std::string_view given, std::span<const std::string_view> candidates);

}  // namespace lrscape
