#pragma once

#include <cmath>
#include <cstdint>

#include "lrscape/numerics/compensated_sum.hpp"

/// The suboptimality bound for the last iterate of SGD on a convex Lipschitz function: Theorem 1 of
/// Schaipp, Haegele, Taylor, Simsekli and Bach, "The surprising agreement between convex
/// optimization theory and learning-rate scheduling for large model training" (ICML 2025), after
/// Theorem 10 of Defazio et al. (2023). For a schedule eta_1 .. eta_T > 0, base learning rate
/// gamma, D = ||x_1 - x_*|| and gradient norms G_t,
///
///     Omega_T = (1 / (2 gamma S_T)) [D^2 + gamma^2 sum_{t<=T} eta_t^2 G_t^2]
///             + (gamma / 2) sum_{k<T} (eta_k / sum_{t=k+1}^T eta_t) (1 / sum_{t=k}^T eta_t)
///                                     sum_{t=k}^T eta_t^2 G_t^2,       S_T = sum_{t<=T} eta_t.
///
/// Since eta_k / (R_{k+1} R_k) = 1 / R_{k+1} - 1 / R_k for the tails R_k = sum_{t=k}^T eta_t,
/// summation by parts turns this exactly into
///
///     Omega_T = D^2 / (2 gamma S_T) + (gamma / 2) B_T,
///     B_T = eta_T G_T^2 + sum_{k<T} eta_k^2 G_k^2 / R_{k+1}.
///
/// Nothing cancels: every term is positive, and each tail is a sum of positive terms from its near
/// end, never a difference of prefix sums.
namespace lrscape::bound {

/// The two sums through which Omega_T depends on the schedule and the gradient norms.
template <class V>
struct Sums {
  V path;       ///< S_T
  V gradients;  ///< B_T
};

/// S_T and B_T in O(T), with T = horizon. eta(t) and norm(t) return eta_t and G_t for t = 1 .. T.
/// settle() completes the result for a last step of 0 and for sums beyond the range of a double.
template <class V, class Eta, class Norm>
LRSCAPE_HOST_DEVICE inline Sums<V> walk(std::int64_t horizon, Eta eta, Norm norm) {
  V step = eta(horizon);
  V gradient_norm = norm(horizon);
  CompensatedSum<V> tail;
  CompensatedSum<V> gradients;
  gradients.add(step * gradient_norm * gradient_norm);
  for (std::int64_t k = horizon - 1; k >= 1; --k) {
    tail.add(step);
    step = eta(k);
    const V moved = step * norm(k);
    // Divides first: the square would overflow or underflow long before the quotient does.
    gradients.add(moved * (moved / tail.value()));
  }
  tail.add(step);
  return {tail.value(), gradients.value()};
}

/// Makes B_T infinite for a last step of 0, as the theorem does, and where B_T is beyond the range
/// of a double.
LRSCAPE_HOST_DEVICE inline Sums<double> settle(Sums<double> sums, double last_step) {
  const bool finite = last_step > 0 && sums.gradients * 0 == 0;
  return {sums.path, finite ? sums.gradients : HUGE_VAL};
}

}  // namespace lrscape::bound
