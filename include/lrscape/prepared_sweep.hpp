#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lrscape/space.hpp"
#include "lrscape/sweep.hpp"

namespace lrscape {

template <class Real>
class PackedProblem;

/// A sweep together with everything derived from it: spaces, packed data, schedule and row orders. It is computed once;
/// every backend, the metadata of a result and estimates of time read it.
class PreparedSweep {
 public:
  /// Takes ownership of the sweep. Prepares on `threads` threads, or on every core if that is 0; the result does not
  /// depend on it. Throws what check() throws.
  explicit PreparedSweep(Sweep sweep, int threads = 0);

  const Sweep& sweep() const { return sweep_; }

  /// The space that the runs of each optimizer train in. It depends on the optimizer, the data, the epochs and
  /// the precision alone, so that a run has the same bits whatever else is in its sweep. GramMode::automatic
  /// takes Gram space for optimizers that commute with rotations if there are fewer rows than features, if no batch
  /// holds a row twice, if 64 runs save more work than the products of all rows cost, and if the precision can represent
  /// these products accurately enough.
  std::span<const Space> spaces() const { return spaces_; }

  /// The schedule's multipliers eta_1 .. eta_T of all steps: entry t - 1 for step t.
  std::span<const double> eta() const { return eta_; }

  /// For each seed the order of the rows: entry e * rows + i is the row that comes i-th in epoch e.
  std::span<const std::vector<std::int32_t>> row_orders() const {
    return drawn_orders_.empty() ? sweep_.row_orders : drawn_orders_;
  }

  /// The data as the kernels read them. `Real` must be the sweep's precision: float for Precision::fp32, double for
  /// Precision::fp64.
  template <class Real>
  const PackedProblem<Real>& packed() const;

  /// The same sweep stopped after `epochs` epochs, to estimate times. Shares the packed data and copies the rest.
  PreparedSweep first_epochs(std::int64_t epochs) const;

 private:
  Sweep sweep_;
  std::vector<Space> spaces_;
  std::vector<double> eta_;
  std::vector<std::vector<std::int32_t>> drawn_orders_;  ///< Empty if the sweep has its own.
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
