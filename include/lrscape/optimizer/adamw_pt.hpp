#pragma once

#include "lrscape/optimizer/adam_moments.hpp"

namespace lrscape::optimizer {

/// AdamW as in PyTorch and Optax:
/// w <- (1 - lambda alpha_t) w - alpha_t m^ / (sqrt(v^) + epsilon).
struct AdamWPT {
  static constexpr std::string_view name = "adamw-pt";
  static constexpr std::string_view summary =
      "AdamW as in PyTorch and Optax: w <- (1 - lr eta wd) w - lr eta u";
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
    return {adam::coefficients(rates, step), fma(V(0) - rates.decay_rate, V(step.eta), V(1))};
  }

  template <class V>
  LRSCAPE_HOST_DEVICE static void update(V& weight, V gradient, V* state,
                                         const Coefficients<V>& c) {
    const V direction = adam::direction(gradient, state, c.moments);
    weight = fma(c.moments.minus_step_size, direction, c.shrinkage * weight);
  }
};

}  // namespace lrscape::optimizer
