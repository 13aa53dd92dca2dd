#include "cli/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lrscape/error.hpp"
#include "text.hpp"

namespace lrscape::cli {
namespace {

constexpr double most_values = 1e6;

void append_range(std::string_view text, std::string_view what, Spacing spacing,
                  std::vector<double>& values) {
  auto parts = split(text, ':');
  if (parts.front() == "lin" || parts.front() == "log") {
    spacing = parts.front() == "lin" ? Spacing::linear : Spacing::logarithmic;
    parts.erase(parts.begin());
  }
  if (parts.size() == 1 && parts.size() == split(text, ':').size()) {
    const double value = parse_number(parts[0], what);
    if (!std::isfinite(value))
      throw InputError(fmt::format("{}: '{}' is not a finite number", what, text));
    values.push_back(value);
    return;
  }
  if (parts.size() != 3)
    throw InputError(
        fmt::format("{}: '{}' is neither a number nor a range lo:hi:count", what, text));
  const double low = parse_number(parts[0], what);
  const double high = parse_number(parts[1], what);
  const double count = parse_number(parts[2], what);
  if (!(count >= 1 && count <= most_values && count == std::floor(count)))
    throw InputError(fmt::format("{}: the count of '{}' must be a whole number from 1 to {:.0f}",
                                 what, text, most_values));
  if (!std::isfinite(low) || !std::isfinite(high) || low > high || (count > 1 && low == high) ||
      (count == 1 && low != high))
    throw InputError(fmt::format("{}: the range '{}' must rise from its first number to its second",
                                 what, text));
  if (spacing == Spacing::logarithmic && low <= 0)
    throw InputError(
        fmt::format("{}: the logarithmic range '{}' must begin above 0; lin:{} is a linear one",
                    what, text, text));
  const auto last = static_cast<int>(count) - 1;
  const auto inner = [&](double k) {
    // Weighted sums of the ends do not overflow; of exponents, they give decades exactly.
    if (spacing == Spacing::linear) return (1 - k / last) * low + k / last * high;
    return std::pow(10, ((last - k) * std::log10(low) + k * std::log10(high)) / last);
  };
  for (int k = 0; k <= last; ++k) {
    const bool inside = k > 0 && k < last;
    values.push_back(inside ? inner(k) : k == last ? high : low);
  }
}

}  // namespace

std::vector<double> parse_axis(std::string_view text, std::string_view what, Spacing spacing) {
  std::vector<double> values;
  for (const auto part : split(text, ',')) append_range(part, what, spacing, values);
  std::sort(values.begin(), values.end());
  const auto twice = std::adjacent_find(values.begin(), values.end());
  if (twice != values.end())
    throw InputError(fmt::format("{}: {} is given twice", what, to_text(*twice)));
  return values;
}

}  // namespace lrscape::cli
