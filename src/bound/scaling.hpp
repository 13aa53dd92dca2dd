#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "lrscape/bound/curve.hpp"
#include "lrscape/bound/optimum.hpp"

// If squares or quotients of steps and norms overflow or underflow, the sums are recomputed at
// another scale. Scales are powers of two, so a sum in range at both scales keeps all its bits.
namespace lrscape::bound {

/// Steps and norms at a scale that keeps S and B within the range of a double.
struct Scaled {
  std::vector<double> eta;
  std::vector<double> norms;
  Scale scale;
};

/// Scales the largest step to about 1. Then scales the norms so that B, at most the square of the
/// largest eta_t G_t over the least step, is at most about 2^1000 and may fall to about 2^-1000.
/// Throws InputError if the steps span too many orders of magnitude for any scale.
Scaled scaled(std::span<const double> eta, std::span<const double> norms);

/// Divides the norms by the largest norm, rounded down to a power of two. Returns the exponent.
int scale_norms(std::span<double> norms);

/// Whether the sums are certainly unaffected by overflow and underflow.
inline bool is_sure(const Sums<double>& sums) {
  // Underflow changes a term by at most 2^-1075, and a million terms by at most 2^-53 of least_sum.
  constexpr double least_sum = 0x1p-1002;
  return sums.gradients >= least_sum && sums.gradients < HUGE_VAL && sums.path < HUGE_VAL;
}

/// Distinguishes sums that are truly 0 or infinite from sums that underflowed or overflowed.
class Verdict {
 public:
  enum class Of { last_iterate, average_iterate };

  /// Takes the unscaled steps and norms.
  Verdict(std::span<const double> eta, std::span<const double> norms, Of what)
      : eta_(eta), norms_(norms), what_(what) {}

  bool is_right(const Sums<double>& sums, std::int64_t horizon);

 private:
  std::span<const double> eta_, norms_;
  Of what_;
  std::optional<std::size_t> first_source_;  ///< The first step with eta_t G_t > 0.
};

/// The sums of one horizon by a walk, rescaled for this horizon if they overflow or underflow.
ScaledSums at_horizon_rescaled(std::span<const double> eta, std::span<const double> norms,
                               std::int64_t horizon);

/// Replaces wrong entries of a curve by those of `recompute`, which takes scaled steps and norms.
/// The whole curve shares one scale. Throws InputError for horizons whose entries are still wrong.
void repair(
    Curve& curve, std::span<const double> eta, std::span<const double> norms, Verdict::Of what,
    const std::function<Curve(std::span<const double>, std::span<const double>)>& recompute);

}  // namespace lrscape::bound
