#include "report/stored_bound.hpp"

#include <algorithm>
#include <cmath>

namespace lrscape {

void for_each_bound(const StoredBounds& bounds,
                    const std::function<void(const StoredBound&)>& use) {
  const std::size_t columns = std::max<std::size_t>(1, bounds.horizons.size());
  for (std::size_t row = 0; row < bounds.omega_opt.size(); ++row) {
    if (std::isnan(bounds.omega_opt[row])) continue;  // Beyond the end of the schedule.
    const std::int64_t steps = bounds.steps[row / columns % bounds.steps.size()];
    StoredBound one = {row / columns / bounds.steps.size(),
                       steps,
                       bounds.horizons.empty() ? steps : bounds.horizons[row % columns],
                       bounds.gamma_opt[row],
                       bounds.omega_opt[row],
                       bounds.gamma_opt[row],
                       bounds.omega_opt[row]};
    if (bounds.gammas.empty()) use(one);
    for (std::size_t k = 0; k < bounds.gammas.size(); ++k) {
      one.gamma = bounds.gammas[k];
      one.omega = bounds.omega[row * bounds.gammas.size() + k];
      use(one);
    }
  }
}

std::vector<StoredBound> best_first(const StoredBounds& bounds) {
  std::vector<StoredBound> all;
  for_each_bound(bounds, [&](const StoredBound& one) {
    const bool same =
        !all.empty() && all.back().schedule == one.schedule && all.back().steps == one.steps;
    if (same && one.horizon == all.back().horizon && one.omega >= all.back().omega) return;
    if (same)
      all.back() = one;
    else
      all.push_back(one);
  });
  std::ranges::stable_sort(all, {}, &StoredBound::omega);
  return all;
}

}  // namespace lrscape
