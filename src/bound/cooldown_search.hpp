#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace lrscape::bound {

/// Finds the length of a cooldown, a whole number of steps, whose best base learning rate gamma* =
/// D / sqrt(S B) is nearest to a given one. gamma* need not be monotone in the length, so the
/// search is a branch and bound: every multiplier falls as the cooldown gets longer, and so the
/// multipliers of two lengths bound S B of every length between them. A range of lengths is dropped
/// once no length in it can be nearer than the nearest one found. A visit takes O(T).
class CooldownSearch {
 public:
  /// `multipliers(length)` returns eta_1 .. eta_T. `norms` are G_1 .. G_T, and `log_product` is
  /// ln (S B) at the gamma* to approach, both at the scale of the norms.
  CooldownSearch(std::function<std::vector<double>(std::int64_t length)> multipliers,
                 std::span<const double> norms, double log_product)
      : multipliers_(std::move(multipliers)), norms_(norms), log_product_(log_product) {}

  /// The nearest of the lengths 0 .. longest, the shortest of equals. Nothing if every length has a
  /// smaller gamma*.
  std::optional<std::int64_t> nearest(std::int64_t longest) const;

 private:
  /// ln (gamma / gamma*)^2 for one length: 0 at gamma* = gamma.
  double excess(std::span<const double> eta) const;
  /// Limits of the excess for all schedules whose multipliers lie between those of two schedules.
  std::pair<double, double> limits(std::span<const double> largest,
                                   std::span<const double> smallest) const;

  std::function<std::vector<double>(std::int64_t length)> multipliers_;
  std::span<const double> norms_;
  double log_product_;
};

}  // namespace lrscape::bound
