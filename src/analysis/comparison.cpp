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
  result.seeds = seeds.size();
  // Of a cell of each map. Empty if no seed has run in both.
  const auto differences = [&](std::size_t i, std::size_t j, std::size_t k, std::size_t l) {
    std::vector<double> values;
    for (const auto& [s, t] : seeds) {
      const double a = first.loss(i, j, s), b = second.loss(k, l, t);
      if (std::isnan(a) || std::isnan(b)) continue;
      values.push_back(std::isinf(a) && std::isinf(b) ? 0 : a - b);
    }
    return values;
  };
  const auto decays = common(first.weight_decays(), second.weight_decays());
  for (const auto& [i, k] : common(first.learning_rates(), second.learning_rates()))
    for (const auto& [j, l] : decays) {
      const auto values = differences(i, j, k, l);
      if (values.empty()) continue;
      const bool diverged_in_first = std::isinf(first.mean(i, j).value);
      const bool diverged_in_second = std::isinf(second.mean(k, l).value);
      if (diverged_in_first && diverged_in_second) {
        ++result.diverged_in_both;
        continue;
      }
      const Estimate difference = estimate(values);
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
    const auto values = differences(best_first->learning_rate, best_first->weight_decay,
                                    best_second->learning_rate, best_second->weight_decay);
    if (!values.empty()) result.difference_of_best = estimate(values);
  }
  return result;
}

}  // namespace lrscape
