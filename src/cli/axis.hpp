#pragma once

#include <string_view>
#include <vector>

namespace lrscape::cli {

enum class Spacing { linear, logarithmic };

/// Reads values and ranges joined by commas: "0,1e-3:1:8,lin:2:4:3". A range is lo:hi:count, spaced
/// as `spacing` says unless lin: or log: stands in front. Returns them in rising order. Throws
/// InputError that begins with `what` for anything else, inverted ranges and equal values.
std::vector<double> parse_axis(std::string_view text, std::string_view what, Spacing spacing);

}  // namespace lrscape::cli
