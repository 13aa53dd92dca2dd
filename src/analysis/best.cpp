#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/statistics.hpp"

namespace lrscape {

std::optional<Cell> best_cell(const LossMap& map) {
  const std::vector<double> means = map.means();
  std::optional<std::size_t> best;
  for (std::size_t cell = 0; cell < means.size(); ++cell)
    if (std::isfinite(means[cell]) && (!best || means[cell] < means[*best])) best = cell;
  if (!best) return std::nullopt;
  const std::size_t i = *best / map.weight_decays().size();
  const std::size_t j = *best % map.weight_decays().size();
  return Cell{i, j, map.mean(i, j)};
}

std::optional<Interval> expected_best_loss(const LossMap& map) {
  const auto expected = [](const LossMap& one) -> std::optional<double> {
    const double loss = cross_validate(one.losses(), one.seeds().size()).expected();
    return std::isfinite(loss) ? std::optional(loss) : std::nullopt;
  };
  const auto value = expected(map);
  if (!value) return std::nullopt;
  Interval interval = over_seeds(map, *value, expected);
  const auto is_negative = [](double loss) { return loss < 0; };
  if (interval.low < 0 && std::ranges::none_of(map.losses(), is_negative)) interval.low = 0;
  return interval;
}

std::optional<AsGoodAsBest> as_good_as_best(const LossMap& map) {
  const auto best = best_cell(map);
  if (!best || map.seeds_run(best->learning_rate, best->weight_decay) < 2) return std::nullopt;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  AsGoodAsBest good = {0, infinity, -infinity, infinity, -infinity};
  for (std::size_t i = 0; i < map.learning_rates().size(); ++i)
    for (std::size_t j = 0; j < map.weight_decays().size(); ++j) {
      const bool is_best = i == best->learning_rate && j == best->weight_decay;
      std::vector<double> differences;
      for (std::size_t s = 0; s < map.seeds().size(); ++s) {
        const double difference =
            map.loss(i, j, s) - map.loss(best->learning_rate, best->weight_decay, s);
        if (!std::isnan(difference)) differences.push_back(difference);
      }
      const Estimate mean = estimate(differences);
      // A seed that the best cell has not run may have diverged.
      const bool is_good = mean.value <= mean.standard_error && std::isfinite(map.mean(i, j).value);
      if (!is_best && !is_good) continue;
      ++good.cells;
      good.lowest_rate = std::min(good.lowest_rate, map.learning_rates()[i]);
      good.highest_rate = std::max(good.highest_rate, map.learning_rates()[i]);
      good.lowest_decay = std::min(good.lowest_decay, map.weight_decays()[j]);
      good.highest_decay = std::max(good.highest_decay, map.weight_decays()[j]);
    }
  return good;
}

std::string_view name_of(Edge edge) {
  switch (edge) {
    case Edge::lowest_rate:
      return "lowest learning_rate";
    case Edge::highest_rate:
      return "highest learning_rate";
    case Edge::lowest_decay:
      return "lowest weight_decay";
    case Edge::highest_decay:
      return "highest weight_decay";
  }
  return "";
}

std::vector<Edge> edges_of_best(const LossMap& map) {
  std::vector<Edge> edges;
  const auto best = best_cell(map);
  if (!best) return edges;
  // The indices of the cells with the least mean: if some are away from a side, nothing says that
  // a better one lies beyond.
  std::vector<std::size_t> rates, decays;
  const std::vector<double> means = map.means();
  for (std::size_t cell = 0; cell < means.size(); ++cell)
    if (means[cell] == best->loss.value) {
      rates.push_back(cell / map.weight_decays().size());
      decays.push_back(cell % map.weight_decays().size());
    }
  const auto look = [&](const std::vector<double>& axis, const std::vector<std::size_t>& places,
                        Edge lowest, Edge highest) {
    if (axis.size() < 2) return;
    if (std::ranges::max(places) == 0 && axis[0] > 0) edges.push_back(lowest);
    if (std::ranges::min(places) + 1 == axis.size()) edges.push_back(highest);
  };
  look(map.learning_rates(), rates, Edge::lowest_rate, Edge::highest_rate);
  look(map.weight_decays(), decays, Edge::lowest_decay, Edge::highest_decay);
  return edges;
}

}  // namespace lrscape
