#include "lrscape/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "base/text.hpp"
#include "lrscape/error.hpp"

namespace lrscape {
namespace {

constexpr double most_values = 1e6;

__extension__ using Wide = __int128;

/// The shortest decimal form of a double: digits * 10^exponent.
struct Decimal {
  Wide digits;
  int exponent;
};

Decimal decimal(double value) {
  const auto text = to_text(value);
  Decimal result = {0, 0};
  bool fraction = false;
  for (std::size_t k = 0; k < text.size(); ++k) {
    if (text[k] == 'e') {
      result.exponent += static_cast<int>(parse_whole_number<std::int64_t>(
          std::string_view(text).substr(k + (text[k + 1] == '+' ? 2 : 1)), "exponent"));
      break;
    }
    if (text[k] == '.') fraction = true;
    if (text[k] < '0' || text[k] > '9') continue;
    result.digits = 10 * result.digits + (text[k] - '0');
    if (fraction) --result.exponent;
  }
  if (text[0] == '-') result.digits = -result.digits;
  return result;
}

/// The double nearest to numerator / denominator * 10^exponent.
double nearest(Wide numerator, int denominator, int exponent) {
  constexpr auto enough = static_cast<Wide>(1e30);
  const bool negative = numerator < 0;
  if (negative) numerator = -numerator;
  Wide digits = numerator / denominator;
  Wide rest = numerator % denominator;
  for (; rest != 0 && digits < enough; --exponent) {
    digits = 10 * digits + 10 * rest / denominator;
    rest = 10 * rest % denominator;
  }
  // A final 1 stands for the remainder, so that parsing cannot mistake the value for a tie.
  if (rest != 0) {
    digits = 10 * digits + 1;
    --exponent;
  }
  return parse_number(fmt::format("{}{}e{}", negative ? "-" : "", digits, exponent), "range");
}

/// Evaluates low + k (high - low) / last from the decimals as typed and rounds once: whole numbers
/// stay whole, and 0.1 equals a 0.1 typed elsewhere.
class LinearRange {
 public:
  LinearRange(double low, double high, int last) : low_(low), high_(high), last_(last) {
    auto from = decimal(low);
    auto to = decimal(high);
    exponent_ = std::min(from.digits == 0 ? to.exponent : from.exponent,
                         to.digits == 0 ? from.exponent : to.exponent);
    exact_ = shift(from) && shift(to);
    from_ = from.digits;
    to_ = to.digits;
  }

  double at(int k) const {
    if (exact_) return nearest(from_ * (last_ - k) + to_ * k, last_, exponent_);
    // The ends are too far apart for exact arithmetic. Rounding keeps the values in order.
    const auto way = static_cast<long double>(high_) - low_;
    return std::clamp(static_cast<double>(low_ + k * way / last_), low_, high_);
  }

 private:
  /// Converts a number to the common exponent. Returns false if number * count could overflow.
  bool shift(Decimal& number) const {
    constexpr auto most = static_cast<Wide>(1e31);
    for (; number.digits != 0 && number.exponent > exponent_; --number.exponent) {
      number.digits *= 10;
      if (number.digits > most || number.digits < -most) return false;
    }
    return true;
  }

  double low_, high_;
  int last_, exponent_;
  bool exact_;
  Wide from_, to_;
};

/// The decimal of at most nine digits that `value` is but for rounding, or else `value`. A range
/// from 3e-4 to 3e-1 has the 0.003 that is typed elsewhere. An arbitrary value is that near to such
/// a decimal about once in a million.
double without_rounding(double value) {
  constexpr int most_digits = 9;
  constexpr double rounding = 0x1p-50;  // That of a power of 10, from an exponent below 300.
  for (int digits = 0; digits < most_digits; ++digits) {
    const double decimal = parse_number(fmt::format("{:.{}e}", value, digits), "range");
    if (std::fabs(decimal - value) <= rounding * value) return decimal;
  }
  return value;
}

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
    throw InputError(
        fmt::format("{}: the range '{}' must rise: lo < hi, or lo = hi with count 1", what, text));
  if (spacing == Spacing::logarithmic && low <= 0)
    throw InputError(
        fmt::format("{}: the logarithmic range '{}' must start above 0; lin:{}:{}:{} is linear",
                    what, text, parts[0], parts[1], parts[2]));
  const auto last = static_cast<int>(count) - 1;
  const LinearRange line(low, high, last);
  const auto inner = [&](int k) {
    if (spacing == Spacing::linear) return line.at(k);
    // Interpolating the exponents in this form gives decades exactly. The fraction k / last is
    // reduced, so that a finer range has every value of a coarser one, to the bit.
    const int divisor = std::gcd(k, last);
    const int part = k / divisor, whole = last / divisor;
    return without_rounding(
        std::pow(10, ((whole - part) * std::log10(low) + part * std::log10(high)) / whole));
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
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

std::vector<std::int64_t> parse_whole_axis(std::string_view text, std::string_view what,
                                           Spacing spacing) {
  if (text.find_first_of(",:") == text.npos) return {parse_whole_number<std::int64_t>(text, what)};
  std::vector<std::int64_t> all;
  for (const double exact : parse_axis(text, what, spacing)) {
    constexpr double rounding = 1e-12;  // Of a power, relative to it.
    const double nearest = std::round(exact);
    const double value = std::abs(exact - nearest) <= rounding * nearest ? nearest : exact;
    constexpr double most = 1e15;  // Doubles hold whole numbers up to 2^53.
    if (value != std::floor(value) || !(std::abs(value) <= most))
      throw InputError(fmt::format("{}: '{}' has the value {}, which is not a whole number", what,
                                   text, to_text(value)));
    all.push_back(static_cast<std::int64_t>(value));
  }
  return all;
}

}  // namespace lrscape
