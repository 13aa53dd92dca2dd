#pragma once

#include <cstdint>
#include <span>

#include "bound/step_tree.hpp"
#include "bound/traversal.hpp"
#include "lrscape/numerics/compensated_sum.hpp"

namespace lrscape::bound {

/// The steps of a schedule so far, and their contribution to the bound of any continuation. If the
/// steps that follow sum to `path`, the contribution is
///
///     field(path) = sum_k (eta_k G_k)^2 / (sum_{t>k} eta_t + path)
///
/// evaluated in O(log T) from the moments of a tree that grows with the schedule.
class History {
 public:
  explicit History(std::int64_t capacity);

  void append(std::span<const double> eta, std::span<const double> norms);

  /// Sum of all steps.
  double path() const { return path_.value(); }

  /// Requires path > 0.
  double field(double path) const;

 private:
  double field_of(const Neighbour& node) const;

  StepTree tree_;
  CompensatedSum<double> path_;
};

}  // namespace lrscape::bound
