#pragma once

#include <cstdint>
#include <span>

#include "bound/step_tree.hpp"
#include "bound/traversal.hpp"
#include "lrscape/numerics/compensated_sum.hpp"

namespace lrscape::bound {

/// The steps of a schedule up to now, and what they add to the bound of any continuation: with all
/// that follows adding up to `path`,
///
///     field(path) = sum_k (eta_k G_k)^2 / (sum_{t>k} eta_t + path)
///
/// in O(log T), by the moments of a tree that grows with the schedule.
class History {
 public:
  explicit History(std::int64_t capacity);

  void append(std::span<const double> eta, std::span<const double> norms);

  /// Sum of all steps.
  double path() const { return path_.value(); }

  /// path > 0.
  double field(double path) const;

 private:
  double field_of(const Neighbour& node) const;

  StepTree tree_;
  CompensatedSum<double> path_;
};

}  // namespace lrscape::bound
