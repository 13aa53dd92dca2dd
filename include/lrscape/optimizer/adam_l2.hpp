#pragma once

#include "lrscape/optimizer/adam_moments.hpp"

namespace lrscape::optimizer {

/// Adam on the regularized loss, as in torch.optim.Adam(weight_decay=lambda):
/// g <- g + lambda w, then w <- w - alpha_t m^ / (sqrt(v^) + epsilon).
struct AdamL2 {
  static constexpr std::string_view name = "adam-l2";
  static constexpr std::string_view summary =
      "Adam with an L2 penalty: g <- g + wd w, then w <- w - lr eta u";
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
    V weight_decay;
  };

  template <class V, class Real>
  LRSCAPE_HOST_DEVICE static Coefficients<V> coefficients(const Rates<V>& rates,
                                                          const StepValues<Real>& step) {
    return {adam::coefficients(rates, step), rates.weight_decay};
  }

  template <class V>
  LRSCAPE_HOST_DEVICE static void update(V& weight, V gradient, V* state,
                                         const Coefficients<V>& c) {
    const V direction = adam::direction(fma(c.weight_decay, weight, gradient), state, c.moments);
    weight = fma(c.moments.minus_step_size, direction, weight);
  }
};

}  // namespace lrscape::optimizer
