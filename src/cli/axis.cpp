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
    values.push_back(parse_number(parts[0], what));
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
  for (int k = 0; k <= last; ++k) {
    const double part = last == 0 ? 0 : static_cast<double>(k) / last;
    const double inner =
        spacing == Spacing::linear ? low + part * (high - low) : low * std::pow(high / low, part);
    values.push_back(k == last ? high : inner);
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
