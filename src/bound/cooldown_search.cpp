#include "bound/cooldown_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

#include "lrscape/stop.hpp"

namespace lrscape::bound {
namespace {

/// The lengths strictly between two that were evaluated.
struct Range {
  std::int64_t first, last;
  double least;  ///< No length of the range has a smaller absolute excess.
};

struct Limits {
  double least = 0, most = 0;
};

bool is_farther(const Range& a, const Range& b) { return a.least > b.least; }

}  // namespace

double CooldownSearch::excess(std::span<const double> eta) const { return limits(eta, eta).first; }

std::pair<double, double> CooldownSearch::limits(std::span<const double> largest,
                                                 std::span<const double> smallest) const {
  // With P_k = eta_1 + .. + eta_k and R_k = S - P_k,
  //   S B = S eta_T G_T^2 + sum over k < T of (eta_k G_k)^2 (1 + P_k / R_k).
  // Limits of S and of B would count a change of S twice, although it largely cancels.
  std::vector<Limits> heads(norms_.size());  // P_k
  Limits sum;
  for (std::size_t k = 0; k < norms_.size(); ++k)
    heads[k] = sum = {sum.least + smallest[k], sum.most + largest[k]};
  const std::size_t last = norms_.size() - 1;
  const double last_square = norms_[last] * norms_[last];
  Limits product = {sum.least * smallest[last] * last_square,
                    sum.most * largest[last] * last_square};
  Limits tail;  // R_k
  for (std::size_t k = last; k-- > 0;) {
    tail = {tail.least + smallest[k + 1], tail.most + largest[k + 1]};
    const double square = norms_[k] * norms_[k];
    product.least += square * smallest[k] * smallest[k] * (1 + heads[k].least / tail.most);
    product.most += square * largest[k] * largest[k] * (1 + heads[k].most / tail.least);
  }
  return {std::log(product.least) - log_product_, std::log(product.most) - log_product_};
}

std::optional<std::int64_t> CooldownSearch::nearest(std::int64_t longest) const {
  std::int64_t best = 0;
  double best_distance = std::numeric_limits<double>::infinity();
  bool all_smaller = true;  // Whether gamma* < gamma for all lengths so far.
  const auto visit = [&](std::int64_t length) {
    end_if_stopped();
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
