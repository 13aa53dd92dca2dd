#pragma once

#include <string_view>
#include <vector>

namespace lrscape::cli {

enum class Spacing { linear, logarithmic };

/// Reads values and ranges joined by commas: "0,1e-3:1:8,lin:2:4:3". A range is lo:hi:count, spaced
/// as `spacing` says unless lin: or log: stands in front. What lies between the ends of a linear range is
/// rounded once: 0.05:0.95:19 has the 0.1 that is typed, and whole numbers stay whole. Returns them in rising order. Throws
/// InputError that begins with `what` for anything else, inverted ranges and equal values.
std::vector<double> parse_axis(std::string_view text, std::string_view what, Spacing spacing);

}  // namespace lrscape::cli
