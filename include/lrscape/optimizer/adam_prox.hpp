#pragma once

#include "lrscape/optimizer/adam_moments.hpp"

namespace lrscape::optimizer {

/// Adam with the proximal step of (lambda / 2) |w|^2 (Zhuang et al., "Understanding AdamW through
/// proximal methods and scale-freeness", TMLR 2022):
/// w <- (w - alpha_t m^ / (sqrt(v^) + epsilon)) / (1 + lambda alpha_t).
struct AdamProx {
  static constexpr std::string_view name = "adam-prox";
  static constexpr std::string_view summary =
      "Adam with a proximal step: w <- (w - lr eta u) / (1 + lr eta wd)";
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
    return {adam::coefficients(rates, step), V(1) / fma(rates.decay_rate, V(step.eta), V(1))};
  }

  template <class V>
  LRSCAPE_HOST_DEVICE static void update(V& weight, V gradient, V* state,
                                         const Coefficients<V>& c) {
    const V direction = adam::direction(gradient, state, c.moments);
    weight = fma(c.moments.minus_step_size, direction, weight) * c.shrinkage;
  }
};

}  // namespace lrscape::optimizer
