#pragma once

#include <array>
#include <cmath>

#include "lrscape/optimizer/optimizer.hpp"

/// Shared by the Adam family: the moments of Kingma & Ba, "Adam" (ICLR 2015), Algorithm 1,
///
///     m <- beta1 m + (1 - beta1) g        v <- beta2 v + (1 - beta2) g^2
///
/// and the direction m^ / (sqrt(v^) + epsilon) with m^ = m / (1 - beta1^t), v^ = v / (1 - beta2^t).
namespace lrscape::optimizer::adam {

inline constexpr std::array hyperparameters = {
    Parameter{"beta1", "decay of the first moment", 0.9, 0, 1, false},
    Parameter{"beta2", "decay of the second moment", 0.999, 0, 1, false},
    Parameter{"epsilon", "added to the square root of the second moment", 1e-8, 0,
              Parameter::unbounded, false},
};

template <class Real>
struct StepValues {
  Real beta1, one_minus_beta1, beta2, one_minus_beta2, epsilon;
  Real rms_scale;        ///< 1 / sqrt(1 - beta2^t)
  Real direction_scale;  ///< eta / (1 - beta1^t)
  Real eta;
};

template <class Real>
StepValues<Real> step_values(const double* hyperparameter, double t, double eta) {
  const double beta1 = hyperparameter[0];
  const double beta2 = hyperparameter[1];
  return {Real(beta1),
          Real(1 - beta1),
          Real(beta2),
          Real(1 - beta2),
          Real(hyperparameter[2]),
          Real(1 / std::sqrt(1 - std::pow(beta2, t))),
          Real(eta / (1 - std::pow(beta1, t))),
          Real(eta)};
}

template <class V>
struct Coefficients {
  V beta1, one_minus_beta1, beta2, one_minus_beta2, epsilon, rms_scale;
  V minus_step_size;  ///< -alpha_t / (1 - beta1^t), which includes the bias correction of m
};

template <class V, class Real>
LRSCAPE_HOST_DEVICE Coefficients<V> coefficients(const Rates<V>& rates,
                                                 const StepValues<Real>& step) {
  return {V(step.beta1),
          V(step.one_minus_beta1),
          V(step.beta2),
          V(step.one_minus_beta2),
          V(step.epsilon),
          V(step.rms_scale),
          V(0) - rates.learning_rate * V(step.direction_scale)};
}

/// Updates the moments m = state[0] and v = state[1]. Returns m / (sqrt(v^) + epsilon).
template <class V>
LRSCAPE_HOST_DEVICE V direction(V gradient, V* state, const Coefficients<V>& c) {
  state[0] = fma(c.beta1, state[0], c.one_minus_beta1 * gradient);
  state[1] = fma(c.beta2, state[1], c.one_minus_beta2 * gradient * gradient);
  return state[0] / fma(sqrt(state[1]), c.rms_scale, c.epsilon);
}

}  // namespace lrscape::optimizer::adam
