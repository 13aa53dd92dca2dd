#pragma once

#include "lrscape/optimizer/momentum.hpp"

namespace lrscape::optimizer {

/// SGD with decoupled weight decay, scaled by the learning rate as in AdamW-PT:
/// w <- (1 - lambda alpha_t) w - alpha_t times the direction of momentum.hpp. Without momentum it
/// is the same update as SGD.
struct SGDW {
  static constexpr std::string_view name = "sgdw";
  static constexpr std::string_view summary =
      "SGD with decoupled weight decay: w <- (1 - lr eta wd) w - lr eta b";
  static constexpr int state_slots = 1;
  static constexpr bool commutes_with_rotations = true;
  static constexpr auto hyperparameters = sgd_momentum::hyperparameters;

  static constexpr std::string_view conflict(const double* hyperparameter) {
    return sgd_momentum::conflict(hyperparameter);
  }

  template <class Real>
  using StepValues = sgd_momentum::StepValues<Real>;

  template <class Real>
  static StepValues<Real> step_values(const double* hyperparameter, double t, double eta) {
    return sgd_momentum::step_values<Real>(hyperparameter, t, eta);
  }

  template <class V>
  struct Coefficients {
    sgd_momentum::Coefficients<V> momentum;
    V shrinkage;
  };

  template <class V, class Real>
  LRSCAPE_HOST_DEVICE static Coefficients<V> coefficients(const Rates<V>& rates,
                                                          const StepValues<Real>& step) {
    return {sgd_momentum::coefficients(rates, step),
            fma(V(0) - rates.decay_rate, V(step.eta), V(1))};
  }

  template <class V>
  LRSCAPE_HOST_DEVICE static void update(V& weight, V gradient, V* state,
                                         const Coefficients<V>& c) {
    weight = sgd_momentum::stepped(c.shrinkage * weight, gradient, state, c.momentum);
  }
};

}  // namespace lrscape::optimizer
