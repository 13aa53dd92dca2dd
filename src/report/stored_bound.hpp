#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "lrscape/bound/bound_result.hpp"

namespace lrscape {

/// One bound of a result.
struct StoredBound {
  std::size_t schedule;
  std::int64_t steps, horizon;
  double gamma, omega, gamma_opt, omega_opt;
};

/// Calls `use` with every bound, in the order of the result. Without gammas, gamma is gamma_opt.
void for_each_bound(const StoredBounds& bounds, const std::function<void(const StoredBound&)>& use);

/// The bounds at the last horizon of each schedule and number of steps, best first.
std::vector<StoredBound> best_first(const StoredBounds& bounds);

}  // namespace lrscape
