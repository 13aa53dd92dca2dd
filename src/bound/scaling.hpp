#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "lrscape/bound/curve.hpp"
#include "lrscape/bound/optimum.hpp"

// Where squares and quotients of steps and norms leave the range of a double, sums are formed again at
// another scale. Powers of two change no bit of a sum that is within the range in both.
namespace lrscape::bound {

/// Steps and norms at a scale at which S and B keep within the range of a double.
struct Scaled {
  std::vector<double> eta;
  std::vector<double> norms;
  Scale scale;
};

/// The largest step becomes about 1, and with it the largest eta_t G_t so large that B, at most its
/// square over the least step, reaches about 2^1000 and may fall as far below 1. Throws InputError for
/// steps whose span no scale fits.
Scaled scaled(std::span<const double> eta, std::span<const double> norms);

/// Divides by the power of two of the largest norm. Returns its exponent.
int scale_norms(std::span<double> norms);

/// Whether no rounding was lost to the ends of a double's range.
inline bool is_sure(const Sums<double>& sums) {
  // Of a million terms each is off by 2^-1075 at worst, together by 2^-53 of this.
  constexpr double least_sum = 0x1p-1002;
  return sums.gradients >= least_sum && sums.gradients < HUGE_VAL && sums.path < HUGE_VAL;
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
  std::optional<std::size_t> first_source_;  ///< The first step with eta_t G_t > 0.
};

/// The sums of one horizon by a walk, at a scale of its own if need be.
ScaledSums at_horizon_rescaled(std::span<const double> eta, std::span<const double> norms,
                               std::int64_t horizon);

/// Replaces what is not right in a curve by that of `recompute`, which is given scaled steps and norms.
/// Throws InputError for horizons that the scale of the whole curve does not fit either.
void repair(
    Curve& curve, std::span<const double> eta, std::span<const double> norms, Verdict::Of what,
    const std::function<Curve(std::span<const double>, std::span<const double>)>& recompute);

}  // namespace lrscape::bound
