#pragma once

#include "lrscape/optimizer/adam_moments.hpp"

namespace lrscape::optimizer {

/// AdamW of Loshchilov & Hutter, "Decoupled Weight Decay Regularization" (ICLR 2019), Algorithm 2:
/// w <- (1 - lambda eta_t) w - alpha_t m^ / (sqrt(v^) + epsilon).
struct AdamWLH {
  static constexpr std::string_view name = "adamw-lh";
  static constexpr std::string_view summary =
      "AdamW as in Loshchilov and Hutter (2019): w <- (1 - eta wd) w - lr eta u";
  static constexpr int state_slots = 2;
  static constexpr bool normalizes_gradients = true;
  static constexpr auto hyperparameters = adam::hyperparameters;

  template <class Real>
  using StepValues = adam::StepValues<Real>;

  template <class Real>
  static StepValues<Real> step_values(const double* hyperparameter, double t, double eta) {
    return adam::step_values<Real>(hyperparameter, t, eta);
  }

  template <class V>
  struct Coefficients {
    adam::Coefficients<V> moments;
    V shrinkage;
  };

  template <class V, class Real>
  LRSCAPE_HOST_DEVICE static Coefficients<V> coefficients(const Rates<V>& rates,
                                                          const StepValues<Real>& step) {
    return {adam::coefficients(rates, step), fma(V(0) - rates.weight_decay, V(step.eta), V(1))};
  }

  template <class V>
  LRSCAPE_HOST_DEVICE static void update(V& weight, V gradient, V* state,
                                         const Coefficients<V>& c) {
    const V direction = adam::direction(gradient, state, c.moments);
    weight = fma(c.moments.minus_step_size, direction, c.shrinkage * weight);
  }
};

}  // namespace lrscape::optimizer
