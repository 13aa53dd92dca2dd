#include "bound/scaling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "bound/multipole_curve.hpp"
#include "lrscape/error.hpp"

namespace lrscape::bound {
namespace {

/// Divides by 2^exponent in two steps, since 2^exponent itself may be out of range.
void divide(std::span<double> values, int exponent) {
  if (exponent == 0) return;
  const double first = std::ldexp(1.0, -(exponent / 2));
  const double second = std::ldexp(1.0, -(exponent - exponent / 2));
  for (double& value : values) value = value * first * second;
}

}  // namespace

Scaled scaled(std::span<const double> eta, std::span<const double> norms) {
  constexpr double most_span = 0x1p1021;
  double least = HUGE_VAL;
  double largest = 0;
  for (const double step : eta) {
    if (step > 0) least = std::min(least, step);
    largest = std::max(largest, step);
  }
  Scaled result = {{eta.begin(), eta.end()}, {norms.begin(), norms.end()}, {}};
  if (largest == 0) return result;
  if (largest / least > most_span)
    throw InputError(
        fmt::format("the largest step, {}, is more than {:.3g} times the least one above 0, {}",
                    largest, most_span, least));
  result.scale.step = std::ilogb(largest);
  divide(result.eta, result.scale.step);

  int heaviest = std::numeric_limits<int>::min();  // The exponent of the largest eta_t G_t.
  for (std::size_t k = 0; k < eta.size(); ++k)
    if (eta[k] > 0 && norms[k] > 0)
      heaviest = std::max(heaviest, std::ilogb(result.eta[k]) + std::ilogb(norms[k]));
  if (heaviest == std::numeric_limits<int>::min()) return result;
  constexpr int most_exponent = 1000;
  const int span = result.scale.step - std::ilogb(least);
  result.scale.norm = heaviest - std::max(0, (most_exponent - span) / 2);
  divide(result.norms, result.scale.norm);
  return result;
}

int scale_norms(std::span<double> norms) {
  const double largest = norms.empty() ? 0 : std::ranges::max(norms);
  if (largest == 0) return 0;
  const int exponent = std::ilogb(largest);
  divide(norms, exponent);
  return exponent;
}

bool Verdict::is_right(const Sums<double>& sums, std::int64_t horizon) {
  if (is_sure(sums)) return true;
  if (!(sums.path < HUGE_VAL)) return false;
  const auto last = static_cast<std::size_t>(horizon - 1);
  const bool infinite = what_ == Of::last_iterate ? eta_[last] == 0 : sums.path == 0;
  if (infinite) return sums.gradients == HUGE_VAL;
  if (!first_source_) {
    first_source_ = 0;
    for (auto& k = *first_source_; k < eta_.size() && (eta_[k] == 0 || norms_[k] == 0);) ++k;
  }
  return sums.gradients == 0 && *first_source_ > last;
}

ScaledSums at_horizon_rescaled(std::span<const double> eta, std::span<const double> norms,
                               std::int64_t horizon) {
  eta = eta.first(static_cast<std::size_t>(horizon));
  norms = norms.first(eta.size());
  Verdict verdict(eta, norms, Verdict::Of::last_iterate);
  const auto plainly = at_horizon(eta, norms, horizon);
  if (verdict.is_right(plainly, horizon)) return plainly;
  const Scaled rescaled = scaled(eta, norms);
  const auto sums = at_horizon(rescaled.eta, rescaled.norms, horizon);
  if (verdict.is_right(sums, horizon)) return {sums, rescaled.scale};
  throw InputError(
      fmt::format("the bound at t = {} is outside the range of a double: its steps and gradient "
                  "norms span too many orders of "
                  "magnitude",
                  horizon));
}

void repair(
    Curve& curve, std::span<const double> eta, std::span<const double> norms, Verdict::Of what,
    const std::function<Curve(std::span<const double>, std::span<const double>)>& recompute) {
  const auto sums_at = [](const Curve& of, std::size_t k) {
    return Sums<double>{of.path[k], of.gradients[k]};
  };
  Verdict verdict(eta, norms, what);
  std::vector<std::size_t> wrong;
  for (std::size_t k = 0; k < eta.size(); ++k)
    if (!verdict.is_right(sums_at(curve, k), static_cast<std::int64_t>(k + 1))) wrong.push_back(k);
  if (wrong.empty()) return;
  const Scaled rescaled = scaled(eta, norms);
  const Curve again = recompute(rescaled.eta, rescaled.norms);
  curve.scales.resize(eta.size());
  for (const auto k : wrong) {
    const auto sums = sums_at(again, k);
    if (!verdict.is_right(sums, static_cast<std::int64_t>(k + 1)))
      throw InputError(fmt::format("no single scale fits the bounds at t = {} and t = {}: steps or "
                                   "gradient norms span too many orders of magnitude",
                                   k + 1, eta.size()),
                       Remedy::single_horizon);
    curve.path[k] = sums.path;
    curve.gradients[k] = sums.gradients;
    curve.scales[k] = rescaled.scale;
  }
}

}  // namespace lrscape::bound
