#pragma once

#include <string_view>

#include "lrscape/numerics/elementary.hpp"
#include "lrscape/parameter.hpp"

/// An optimizer is one small struct in one header, listed in optimizer/list.hpp. It has
///
///     static constexpr std::string_view name, summary;
///     static constexpr int state_slots;       // numbers kept for a weight beside the weight itself
///     static constexpr auto hyperparameters;  // std::array<Parameter, N>
///     static std::string_view conflict(const double* hyperparameter);  // may be left out
///     static constexpr bool commutes_with_rotations;                   // false if left out
///     static constexpr bool normalizes_gradients;                      // likewise
///
///     template <class Real> struct StepValues;      // what all runs share at one step
///     template <class Real>
///     static StepValues<Real> step_values(const double* hyperparameter, double t, double eta);
///
///     template <class V> struct Coefficients; // what one run needs at one step
///     template <class V, class Real>
///     static Coefficients<V> coefficients(const Rates<V>&, const StepValues<Real>&);
///     template <class V>
///     static void update(V& weight, V gradient, V* state, const Coefficients<V>&);
///
/// Hyper-parameters come in the order of `hyperparameters`; conflict() says why some do not go
/// together, or "". step() runs on the host, in double, once for each step t = 1, 2, ... of a
/// sweep, where eta is the schedule's multiplier; whatever needs pow or exp belongs there.
/// coefficients() and update() run in the kernels on a value type V (float, double or a SIMD vector
/// of runs) and use only + - * /, sqrt, fma and sign, so that every backend gives the same bits. State
/// starts at zero. An update commutes with rotations of the weights if and only if it is a linear
/// combination of weight, gradient and state whose coefficients are the same for all weights; such an
/// optimizer can run in Gram space (lrscape/space.hpp). One that normalizes gradients takes steps of about the learning
/// rate, whatever the scale of the loss.
namespace lrscape {

/// The two numbers a sweep varies, and their product, which is rounded once from double.
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
