#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace lrscape {

enum class Spacing { linear, logarithmic };

/// Parses values and ranges separated by commas: "0,1e-3:1:8,lin:2:4:3". A range is lo:hi:count,
/// spaced by `spacing` unless it begins with lin: or log:. Inner values of a linear range are
/// rounded only once: 0.05:0.95:19 contains the double 0.1, and whole numbers stay whole. Returns
/// the values in ascending order, each once. Throws InputError, with a message that begins with
/// `what`, for invalid text and inverted ranges.
std::vector<double> parse_axis(std::string_view text, std::string_view what, Spacing spacing);

/// The same for whole numbers, such as batch sizes. Throws InputError for any other value.
std::vector<std::int64_t> parse_whole_axis(std::string_view text, std::string_view what,
                                           Spacing spacing);

}  // namespace lrscape
