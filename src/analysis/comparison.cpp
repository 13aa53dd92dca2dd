#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "analysis/statistics.hpp"

namespace lrscape {
namespace {

/// The indices in both lists of each value that both have.
template <class Value>
std::vector<std::pair<std::size_t, std::size_t>> common(const std::vector<Value>& first,
                                                        const std::vector<Value>& second) {
  std::map<Value, std::size_t> index;
  for (std::size_t k = 0; k < second.size(); ++k) index[second[k]] = k;
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t k = 0; k < first.size(); ++k)
    if (const auto found = index.find(first[k]); found != index.end())
      pairs.emplace_back(k, found->second);
  return pairs;
}

}  // namespace

Comparison compare(const LossMap& first, const LossMap& second) {
  Comparison result = {};
  const auto seeds = common(first.seeds(), second.seeds());
  // The losses of a cell of each map, for the seeds that have run in both.
  struct Losses {
    std::vector<double> differences;
    bool diverged_in_first = false, diverged_in_second = false;
  };
  const auto losses = [&](std::size_t i, std::size_t j, std::size_t k, std::size_t l) {
    Losses found;
    for (const auto& [s, t] : seeds) {
      const double a = first.loss(i, j, s), b = second.loss(k, l, t);
      if (std::isnan(a) || std::isnan(b)) continue;
      found.differences.push_back(std::isinf(a) && std::isinf(b) ? 0 : a - b);
      found.diverged_in_first = found.diverged_in_first || std::isinf(a);
      found.diverged_in_second = found.diverged_in_second || std::isinf(b);
    }
    return found;
  };
  const auto decays = common(first.weight_decays(), second.weight_decays());
  for (const auto& [i, k] : common(first.learning_rates(), second.learning_rates()))
    for (const auto& [j, l] : decays) {
      const Losses found = losses(i, j, k, l);
      if (found.differences.empty()) continue;
      result.seeds = std::max(result.seeds, found.differences.size());
      if (found.diverged_in_first && found.diverged_in_second) {
        ++result.diverged_in_both;
        continue;
      }
      const Estimate difference = estimate(found.differences);
      const double reach = std::isinf(difference.value) ? 0 : 2 * difference.standard_error;
      const Better better = difference.value < -reach  ? Better::first
                            : difference.value > reach ? Better::second
                                                       : Better::neither;
      result.cells.push_back(
          {first.learning_rates()[i], first.weight_decays()[j], difference, better});
      result.first_better += better == Better::first;
      result.second_better += better == Better::second;
    }
  const auto best_first = best_cell(first), best_second = best_cell(second);
  if (best_first && best_second) {
    const Losses found = losses(best_first->learning_rate, best_first->weight_decay,
                                best_second->learning_rate, best_second->weight_decay);
    if (!found.differences.empty()) result.difference_of_best = estimate(found.differences);
  }
  return result;
}

}  // namespace lrscape
