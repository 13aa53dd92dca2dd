#include "lrscape/gradient_norms.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "choice/parameter_check.hpp"
#include "lrscape/error.hpp"

namespace lrscape {
namespace {

constexpr std::string_view law_prefix = "law:";
constexpr std::string_view column_key = ",column=";

constexpr std::array<std::pair<std::string_view, double GradientNorms::*>, 5> law = {
    {{"G1", &GradientNorms::g1},
     {"A1", &GradientNorms::a1},
     {"G2", &GradientNorms::g2},
     {"A2", &GradientNorms::a2},
     {"B", &GradientNorms::b}}};

GradientNorms parse_law(std::string_view text) {
  GradientNorms norms;
  norms.b = 0;
  std::vector<std::string_view> names;
  std::set<std::string_view> given;
  for (const auto& [name, member] : law) names.push_back(name);
  for (const auto part : split(text.substr(law_prefix.size()), ',')) {
    const auto equals = part.find('=');
    const auto key = part.substr(0, equals);
    if (equals == std::string_view::npos)
      throw InputError(
          fmt::format("gradient norms '{}': '{}' is not of the form name=value", text, part));
    if (!given.insert(key).second)
      throw InputError(fmt::format("gradient norms '{}': {} is given twice", text, key));
    bool known = false;
    for (const auto& [name, member] : law) {
      if (name != key) continue;
      known = true;
      norms.*member = parse_number(part.substr(equals + 1), fmt::format("{} of the law", name));
      if (!std::isfinite(norms.*member))
        throw InputError(fmt::format("{} of the law must be a finite number", name));
    }
    if (!known) unknown_parameter("the law of gradient norms", "parameter", key, names);
  }
  for (const auto& [exponent, factor] : {std::pair("A1", "G1"), std::pair("A2", "G2")})
    if (given.contains(exponent) && !given.contains(factor))
      throw InputError(
          fmt::format("gradient norms '{}': {} has no effect without its factor {}; the "
                      "law is G1 exp(A1 t) + G2 t^A2 + B",
                      text, exponent, factor));
  return norms;
}

bool is_number(std::string_view text) {
  try {
    parse_number(text, "");
    return true;
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace

std::string GradientNorms::to_string() const {
  if (!values.empty() || !file.empty())
    return column == 0 ? file : fmt::format("{}{}{}", file, column_key, column);
  if (g1 == 0 && g2 == 0) return to_text(b);
  std::string text(law_prefix);
  for (const auto& [name, member] : law)
    text += fmt::format("{}{}={}", text.size() > law_prefix.size() ? "," : "", name,
                        to_text(this->*member));
  return text;
}

GradientNorms parse_gradient_norms(std::string_view text) {
  GradientNorms norms;
  if (text.starts_with(law_prefix)) {
    norms = parse_law(text);
  } else if (is_number(text)) {
    norms.b = parse_number(text, "gradient norm");
    if (!(norms.b >= 0 && std::isfinite(norms.b)))
      throw InputError(
          fmt::format("a gradient norm must be a finite number >= 0, not {}", to_text(norms.b)));
  } else {
    const auto at = text.rfind(column_key);
    norms.file = text.substr(0, at);
    if (norms.file.empty())
      throw InputError(
          fmt::format("gradient norms '{}': expected a number, a law or a file name", text));
    if (at != std::string_view::npos) {
      const double column =
          parse_number(text.substr(at + column_key.size()), "column of the gradient norms");
      if (!(column >= 1 && column < 0x1p31 && column == std::floor(column)))
        throw InputError(fmt::format(
            "column of the gradient norms must be a whole number >= 1, not {}", to_text(column)));
      norms.column = static_cast<std::size_t>(column);
    }
  }
  return norms;
}

std::vector<double> evaluate(const GradientNorms& norms, std::int64_t steps) {
  const auto count = static_cast<std::size_t>(steps);
  if (norms.values.empty() && !norms.file.empty())
    throw InputError(fmt::format(
        "the gradient norms {} have no values: their file has not been read", norms.to_string()));
  if (!norms.values.empty() && norms.values.size() < count)
    throw InputError(fmt::format("{} has {} gradient norms for {} steps", norms.to_string(),
                                 norms.values.size(), steps));
  std::vector<double> values(count, norms.b);
  for (std::size_t k = 0; k < count; ++k) {
    const auto t = static_cast<double>(k + 1);
    if (!norms.values.empty()) {
      values[k] = norms.values[k];
    } else {
      if (norms.g1 != 0) values[k] += norms.g1 * std::exp(norms.a1 * t);
      if (norms.g2 != 0) values[k] += norms.g2 * std::pow(t, norms.a2);
    }
    if (!(values[k] >= 0 && std::isfinite(values[k])))
      throw InputError(
          fmt::format("the gradient norm of step {} is {}; expected a finite number >= 0", k + 1,
                      to_text(values[k])));
  }
  return values;
}

}  // namespace lrscape
