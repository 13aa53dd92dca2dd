#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "lrscape/bound/curve.hpp"
#include "lrscape/bound/optimum.hpp"

// Where squares and quotients of steps and norms leave the range of a double, sums are formed again in
// other units. Powers of two change no bit of a sum that is within the range in both.
namespace lrscape::bound {

/// Steps and norms in units in which S and B keep within the range of a double.
struct Scaled {
  std::vector<double> eta;
  std::vector<double> norms;
  Units units;
};

/// The largest step becomes about 1, and with it the largest eta_t G_t so large that B, at most its
/// square over the least step, reaches about 2^1000 and may fall as far below 1. Throws InputError for
/// steps whose span no units fit.
Scaled scaled(std::span<const double> eta, std::span<const double> norms);

/// Divides by the power of two of the largest norm. Returns its exponent.
int scale_norms(std::span<double> norms);

/// Whether no rounding was lost to the ends of a double's range.
inline bool is_sure(const Sums<double>& sums) {
  // Of a million terms each is off by 2^-1075 at worst, together by 2^-53 of this.
  constexpr double least_sum = 0x1p-1002;
  return sums.gradients >= least_sum && sums.gradients < HUGE_VAL && sums.steps < HUGE_VAL;
}

/// Tells sums of 0 and infinite ones that are so from those that have left the range.
class Verdict {
 public:
  enum class Of { last_iterate, average_iterate };

  /// Steps and norms as they were given.
  Verdict(std::span<const double> eta, std::span<const double> norms, Of what)
      : eta_(eta), norms_(norms), what_(what) {}

  bool is_right(const Sums<double>& sums, std::int64_t horizon);

 private:
  std::span<const double> eta_, norms_;
  Of what_;
  std::optional<std::size_t> first_weight_;  ///< The first step with eta_t G_t > 0.
};

/// The sums of one horizon by a walk, in units of its own if need be.
ScaledSums at_horizon_in_units(std::span<const double> eta, std::span<const double> norms,
                               std::int64_t horizon);

/// Replaces what is not right in a curve by that of `recompute`, which is given scaled steps and norms.
/// Throws InputError for horizons that the units of the whole curve do not fit either.
void repair(
    Curve& curve, std::span<const double> eta, std::span<const double> norms, Verdict::Of what,
    const std::function<Curve(std::span<const double>, std::span<const double>)>& recompute);

}  // namespace lrscape::bound
