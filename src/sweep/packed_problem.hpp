#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backend/training_view.hpp"
#include "lrscape/prepared_sweep.hpp"

namespace lrscape {

/// The data of a problem in the precision of a sweep, in the memory layout of the kernels.
template <class Real>
class PackedProblem {
 public:
  /// Packs the features for the given spaces. `train_products` is row_products() of the training
  /// rows. If it is empty and Gram space needs it, the constructor computes it.
  PackedProblem(const Problem& problem, std::span<const Space> spaces, Matrix train_products,
                int threads);

  /// The features in one space. Empty for a space that was not given.
  struct Features {
    std::int32_t count = 0;   ///< d, or n in Gram space
    std::int32_t stride = 0;  ///< rounded up to a multiple of the summation block
    std::vector<Real> train;  ///< rows x stride
    std::vector<Real> validation;
  };
  const Features& features(Space space) const { return features_[static_cast<std::size_t>(space)]; }

  const std::vector<Real>& train_targets() const { return train_targets_; }
  const std::vector<Real>& validation_targets() const { return validation_targets_; }

 private:
  std::array<Features, 2> features_;
  std::vector<Real> train_targets_;
  std::vector<Real> validation_targets_;
};

extern template class PackedProblem<float>;
extern template class PackedProblem<double>;

/// The data for the runs of a configuration. Points into the memory of `prepared`. A backend with
/// separate memory copies the data and replaces the pointers.
template <class Real>
TrainingView<Real> training_view(const PreparedSweep& prepared, std::size_t configuration);

extern template TrainingView<float> training_view(const PreparedSweep&, std::size_t);
extern template TrainingView<double> training_view(const PreparedSweep&, std::size_t);

/// The optimizer's step values for all steps of a schedule: step t at index t - 1.
template <class Optimizer, class Real>
std::vector<typename Optimizer::template StepValues<Real>> all_step_values(
    const OptimizerSpec& spec, std::span<const double> eta) {
  std::vector<typename Optimizer::template StepValues<Real>> steps;
  steps.reserve(eta.size());
  for (std::size_t k = 0; k < eta.size(); ++k)
    steps.push_back(Optimizer::template step_values<Real>(spec.values.data(),
                                                          static_cast<double>(k + 1), eta[k]));
  return steps;
}

}  // namespace lrscape
