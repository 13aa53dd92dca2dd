#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lrscape/space.hpp"
#include "lrscape/sweep.hpp"

namespace lrscape {

template <class Real>
class PackedProblem;

/// A sweep and everything derived from it: spaces, packed data, multipliers and row orders.
/// Computed once and read by every backend, by the metadata of a result and by time estimates.
class PreparedSweep {
 public:
  /// Takes ownership of the sweep. Prepares on `threads` threads, or on every core if `threads` is
  /// 0; the result does not depend on the number of threads. Throws the errors of check().
  explicit PreparedSweep(Sweep sweep, int threads = 0);

  const Sweep& sweep() const { return sweep_; }

  /// All combinations of the axes other than learning rate, weight decay and seed. Units and groups
  /// of runs give the index in this list.
  std::span<const Configuration> configurations() const { return configurations_; }

  /// The space in which the runs of each configuration train. The choice does not depend on the
  /// grid, the number of seeds or the other configurations, so that a run has the same bits
  /// whatever other runs its sweep has. GramMode::automatic chooses Gram space
  /// for optimizers that commute with rotations if there are fewer rows than features, if no batch
  /// holds a row twice, if 64 runs save more work than the products of all rows cost, and if the
  /// precision can represent the products accurately enough.
  std::span<const Space> spaces() const { return spaces_; }

  /// Warnings about choices of the sweep, each as a sentence: Gram space was asked for, but may
  /// lose digits with these features.
  std::span<const std::string> warnings() const { return warnings_; }

  /// The multipliers eta_1 .. eta_T of all steps of a configuration: entry t - 1 for step t.
  std::span<const double> eta(std::size_t configuration) const {
    return multipliers_[multipliers_of_[configuration]];
  }

  /// The row order of each seed, from first_seed on: entry e * rows + i is the row visited i-th in
  /// epoch e (e and i counted from 0). Configurations of fewer epochs end earlier.
  std::span<const std::vector<std::int32_t>> row_orders() const {
    return drawn_orders_.empty() ? sweep_.row_orders : drawn_orders_;
  }

  /// The data in the layout of the kernels. `Real` must match the precision of the sweep: float for
  /// Precision::fp32, double for Precision::fp64.
  template <class Real>
  const PackedProblem<Real>& packed() const;

  /// The same sweep, every configuration stopped after at most `epochs` epochs, for time estimates.
  /// Shares the packed data and copies the rest.
  PreparedSweep first_epochs(std::int64_t epochs) const;

 private:
  Sweep sweep_;
  std::vector<Configuration> configurations_;
  std::vector<Space> spaces_;
  std::vector<std::string> warnings_;
  std::vector<std::vector<double>> multipliers_;  ///< Configurations may share them.
  std::vector<std::size_t> multipliers_of_;       ///< Index into multipliers_, by configuration.
  std::vector<std::vector<std::int32_t>> drawn_orders_;  ///< Empty if Sweep::row_orders is set.
  std::shared_ptr<const PackedProblem<float>> fp32_;
  std::shared_ptr<const PackedProblem<double>> fp64_;
};

template <>
inline const PackedProblem<float>& PreparedSweep::packed() const {
  return *fp32_;
}
template <>
inline const PackedProblem<double>& PreparedSweep::packed() const {
  return *fp64_;
}

}  // namespace lrscape
