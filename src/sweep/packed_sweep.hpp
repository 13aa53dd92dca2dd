#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "lrscape/sweep.hpp"
#include "training/training_view.hpp"

namespace lrscape {

/// A sweep's numbers in the precision it runs in, laid out as the kernels read them.
template <class Real>
struct PackedSweep {
  /// In the spaces that its optimizers run in.
  PackedSweep(const Sweep& sweep, int threads);

  /// Over this object's own memory. A backend with other memory copies and replaces the pointers.
  TrainingView<Real> view(Space space) const;

  /// Empty in a space in which no optimizer runs.
  struct Features {
    std::int32_t count = 0;
    std::int32_t stride = 0;
    std::vector<Real> train;  ///< rows x stride
    std::vector<Real> validation;
  };
  const Features& features(Space space) const { return features_[static_cast<std::size_t>(space)]; }

  std::vector<Space> spaces;  ///< for each optimizer
  std::vector<Real> train_targets;
  std::vector<Real> validation_targets;
  std::vector<std::vector<std::int32_t>> row_orders;  ///< for each seed, epochs x rows

 private:
  std::array<Features, 2> features_;
  TrainingView<Real> shape_ = {};
};

extern template struct PackedSweep<float>;
extern template struct PackedSweep<double>;

/// What each step of the sweep's schedule means to an optimizer: step t at t - 1.
template <class Optimizer, class Real>
std::vector<typename Optimizer::template Step<Real>> optimizer_steps(
    const Choice& choice, const std::vector<double>& eta) {
  std::vector<typename Optimizer::template Step<Real>> steps;
  steps.reserve(eta.size());
  for (std::size_t k = 0; k < eta.size(); ++k)
    steps.push_back(
        Optimizer::template step<Real>(choice.values.data(), static_cast<double>(k + 1), eta[k]));
  return steps;
}

}  // namespace lrscape
