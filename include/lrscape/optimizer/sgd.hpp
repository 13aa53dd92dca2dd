#pragma once

#include "lrscape/optimizer/momentum.hpp"

namespace lrscape::optimizer {

/// SGD as in torch.optim.SGD: g <- g + lambda w, then w <- w - alpha_t times the direction of
/// momentum.hpp.
struct SGD {
  static constexpr std::string_view name = "sgd";
  static constexpr std::string_view summary =
      "SGD as in PyTorch, with an L2 penalty: g <- g + wd w, then w <- w - lr eta b";
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
    V weight_decay;
  };

  template <class V, class Real>
  LRSCAPE_HOST_DEVICE static Coefficients<V> coefficients(const Rates<V>& rates,
                                                          const StepValues<Real>& step) {
    return {sgd_momentum::coefficients(rates, step), rates.weight_decay};
  }

  template <class V>
  LRSCAPE_HOST_DEVICE static void update(V& weight, V gradient, V* state,
                                         const Coefficients<V>& c) {
    weight =
        sgd_momentum::stepped(weight, fma(c.weight_decay, weight, gradient), state, c.momentum);
  }
};

}  // namespace lrscape::optimizer
