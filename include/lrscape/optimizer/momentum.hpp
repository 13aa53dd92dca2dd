#pragma once

#include <array>

#include "lrscape/optimizer/optimizer.hpp"

/// The momentum of torch.optim.SGD, shared by SGD and SGDW:
///
///     b <- g at the first step, then b <- mu b + (1 - dampening) g
///     the direction is b, or g + mu b with Nesterov's momentum
///
/// Without momentum the direction is g, whatever the dampening.
namespace lrscape::optimizer::sgd_momentum {

inline constexpr std::array hyperparameters = {
    Parameter{"momentum", "decay mu of the momentum buffer", 0, 0, 1, false},
    Parameter{"dampening", "fraction of the gradient that is left out of the momentum buffer", 0,
              -Parameter::unbounded, 1},
    Parameter{"nesterov", "use Nesterov's momentum", 0, 0, 1, true, Parameter::Kind::flag},
};

/// The reason why torch.optim.SGD rejects these hyper-parameters, or "".
constexpr std::string_view conflict(const double* hyperparameter) {
  const bool plain = hyperparameter[0] == 0 || hyperparameter[1] != 0;
  return hyperparameter[2] != 0 && plain ? "nesterov needs a momentum above 0 and no dampening"
                                         : "";
}

template <class Real>
struct StepValues {
  Real momentum;
  Real gradient_share;  ///< 1 - dampening; 1 at the first step
  Real nesterov;        ///< 0 or 1
  Real eta;
};

template <class Real>
StepValues<Real> step_values(const double* hyperparameter, double t, double eta) {
  const double mu = hyperparameter[0];
  const double dampening = hyperparameter[1];
  const bool nesterov = hyperparameter[2] != 0;
  return {Real(mu), Real(t == 1 || mu == 0 ? 1 : 1 - dampening), Real(nesterov ? 1 : 0), Real(eta)};
}

template <class V>
struct Coefficients {
  V momentum, gradient_share;
  V minus_step_size;  ///< -alpha_t
  bool nesterov;
};

template <class V, class Real>
LRSCAPE_HOST_DEVICE Coefficients<V> coefficients(const Rates<V>& rates,
                                                 const StepValues<Real>& step) {
  return {V(step.momentum), V(step.gradient_share), V(0) - rates.learning_rate * V(step.eta),
          step.nesterov != Real(0)};
}

/// Updates the buffer b = state[0]. Returns `weight` after the step.
template <class V>
LRSCAPE_HOST_DEVICE V stepped(V weight, V gradient, V* state, const Coefficients<V>& c) {
  state[0] = fma(c.momentum, state[0], c.gradient_share * gradient);
  if (c.nesterov) {
    return fma(c.minus_step_size, fma(c.momentum, state[0], gradient), weight);
  }
  return fma(c.minus_step_size, state[0], weight);
}

}  // namespace lrscape::optimizer::sgd_momentum
