#include "bound/cooldown_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

namespace lrscape::bound {
namespace {

/// The lengths strictly between two that were evaluated.
struct Range {
  std::int64_t first, last;
  double least;  ///< No length of the range has a smaller absolute excess.
};

bool is_farther(const Range& a, const Range& b) { return a.least > b.least; }

}  // namespace

double CooldownSearch::excess(std::span<const double> eta) const { return limits(eta, eta).first; }

std::pair<double, double> CooldownSearch::limits(std::span<const double> largest,
                                                 std::span<const double> smallest) const {
  // The sums S and B of bound/walk.hpp, each as small and as large as it can be.
  double least_tail = 0;
  double most_tail = 0;
  double least = 0;
  double most = 0;
  for (std::size_t k = norms_.size(); k-- > 0;) {
    const double square = norms_[k] * norms_[k];
    const bool is_last = k + 1 == norms_.size();
    least += square * smallest[k] * (is_last ? 1 : smallest[k] / most_tail);
    most += square * largest[k] * (is_last ? 1 : largest[k] / least_tail);
    least_tail += smallest[k];
    most_tail += largest[k];
  }
  return {std::log(least_tail) + std::log(least) - log_product_,
          std::log(most_tail) + std::log(most) - log_product_};
}

std::optional<std::int64_t> CooldownSearch::nearest(std::int64_t longest) const {
  std::int64_t best = 0;
  double best_distance = std::numeric_limits<double>::infinity();
  bool all_smaller = true;  // Whether gamma* < gamma for all lengths so far.
  const auto visit = [&](std::int64_t length) {
    auto eta = multipliers_(length);
    const double own = excess(eta);
    all_smaller = all_smaller && own > 0;
    const double distance = std::fabs(own);
    if (distance < best_distance || (distance == best_distance && length < best)) {
      best = length;
      best_distance = distance;
    }
    return eta;
  };
  std::priority_queue<Range, std::vector<Range>, decltype(&is_farther)> ranges(&is_farther);
  const auto push = [&](std::int64_t first, std::int64_t last, std::span<const double> largest,
                        std::span<const double> smallest) {
    if (last - first < 2) return;
    // Sums of positive terms are exact to far fewer digits than this.
    constexpr double rounding = 1e-12;
    const auto [low, high] = limits(largest, smallest);
    if (high < -rounding) all_smaller = false;
    ranges.push({first, last, std::max({low, -high, 0.0}) - rounding});
  };
  const auto shortest_eta = visit(0);
  const auto longest_eta = visit(longest);
  push(0, longest, shortest_eta, longest_eta);
  while (!ranges.empty() && ranges.top().least <= best_distance) {
    const Range range = ranges.top();
    ranges.pop();
    const std::int64_t middle = range.first + (range.last - range.first) / 2;
    const auto eta = visit(middle);
    push(range.first, middle, multipliers_(range.first), eta);
    push(middle, range.last, eta, multipliers_(range.last));
  }
  if (all_smaller) return std::nullopt;
  return best;
}

}  // namespace lrscape::bound
