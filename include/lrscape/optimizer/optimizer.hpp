#pragma once

#include <string_view>

#include "lrscape/numerics/elementary.hpp"
#include "lrscape/parameter.hpp"

/// An optimizer is one small struct in one header, listed in optimizer/list.hpp. It has
///
///     static constexpr std::string_view name, summary;
///     static constexpr int state_slots;       // numbers stored per weight, besides the weight
///     static constexpr auto hyperparameters;  // std::array<Parameter, N>
///     static std::string_view conflict(const double* hyperparameter);  // optional
///     static constexpr bool commutes_with_rotations;                   // optional; default false
///     static constexpr bool normalizes_gradients;                      // optional; default false
///
///     template <class Real> struct StepValues;      // values of one step that all runs share
///     template <class Real>
///     static StepValues<Real> step_values(const double* hyperparameter, double t, double eta);
///
///     template <class V> struct Coefficients; // values of one step that one run needs
///     template <class V, class Real>
///     static Coefficients<V> coefficients(const Rates<V>&, const StepValues<Real>&);
///     template <class V>
///     static void update(V& weight, V gradient, V* state, const Coefficients<V>&);
///
/// `hyperparameter` points to values in the order of `hyperparameters`. conflict() returns the
/// reason why values exclude each other, or "". step_values() runs on the host, in double, once for
/// each step t = 1, 2, ... of a sweep; eta is the multiplier of that step. Computations with pow or
/// exp belong there. coefficients() and update() run in the kernels on a value type V (float,
/// double or a SIMD vector of runs). They use only + - * /, sqrt, fma and sign, so that every
/// backend gives the same bits. State starts at zero.
///
/// An update commutes with rotations of the weights if and only if it is a linear combination of
/// weight, gradient and state whose coefficients are the same for all weights; such an optimizer
/// can run in Gram space (lrscape/space.hpp). An optimizer that normalizes gradients takes steps of
/// about the learning rate, whatever the scale of the loss.
///
/// The comments on optimizers write alpha_t for the learning rate times eta_t, and lambda for the
/// weight decay.
namespace lrscape {

/// The two numbers that a sweep varies, and their product, computed in double and rounded once.
template <class V>
struct Rates {
  V learning_rate;
  V weight_decay;
  V decay_rate;  ///< learning_rate * weight_decay
};

template <class Optimizer>
concept CommutesWithRotations = requires {
  requires Optimizer::commutes_with_rotations;
};

template <class Optimizer>
concept NormalizesGradients = requires {
  requires Optimizer::normalizes_gradients;
};

}  // namespace lrscape
