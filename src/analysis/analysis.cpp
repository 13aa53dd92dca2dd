#include "lrscape/analysis.hpp"

#include <cmath>

namespace lrscape {
namespace {

/// The index of the best weight decay for learning rate i; nullopt if none of its losses is finite.
std::optional<std::size_t> best_weight_decay(const LossMap& map, std::size_t i) {
  std::optional<std::size_t> best;
  const double* const loss = map.loss.data() + i * map.weight_decays.size();
  for (std::size_t j = 0; j < map.weight_decays.size(); ++j)
    if (std::isfinite(loss[j]) && (!best || loss[j] < loss[*best])) best = j;
  return best;
}

}  // namespace

LossMap mean_over_seeds(const Result& result, std::size_t configuration) {
  LossMap map = {result.learning_rates, result.weight_decays, {}};
  const std::size_t cells = map.learning_rates.size() * map.weight_decays.size();
  const std::size_t seeds = result.seeds.size();
  const std::size_t records = result.recorded_epochs();
  for (std::size_t cell = 0; cell < cells; ++cell) {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t seed = 0; seed < seeds; ++seed) {
      const std::size_t run = (configuration * cells + cell) * seeds + seed;
      // Runs of fewer epochs have no later losses. Diverged runs have infinite losses.
      std::size_t last = records;
      while (last > 0 && std::isnan(result.validation_loss[run * records + last - 1])) --last;
      if (last == 0) continue;  // Not run.
      const double loss = result.validation_loss[run * records + last - 1];
      sum += loss;
      ++count;
    }
    map.loss.push_back(sum / static_cast<double>(count));  // NaN if there is no run.
    map.seeds.push_back(count);
  }
  return map;
}

std::optional<Cell> best_cell(const LossMap& map) {
  std::optional<Cell> best;
  for (std::size_t i = 0; i < map.learning_rates.size(); ++i) {
    const auto j = best_weight_decay(map, i);
    if (!j) continue;
    const double loss = map.loss[i * map.weight_decays.size() + *j];
    if (!best || loss < best->loss) best = Cell{i, *j, loss};
  }
  return best;
}

std::optional<Ridge> fit_ridge(const LossMap& map, double low, double high) {
  std::vector<double> x;
  std::vector<double> y;
  double lowest = 0;
  double highest = 0;
  for (std::size_t i = 0; i < map.learning_rates.size(); ++i) {
    const double rate = map.learning_rates[i];
    const auto j = best_weight_decay(map, i);
    if (rate < low || rate > high || !j || map.weight_decays[*j] <= 0) continue;
    if (x.empty()) lowest = rate;
    highest = rate;
    x.push_back(std::log(rate));
    y.push_back(std::log(map.weight_decays[*j]));
  }
  if (x.size() < fewest_ridge_points) return std::nullopt;
  const auto n = static_cast<double>(x.size());
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    mean_x += x[k] / n;
    mean_y += y[k] / n;
  }
  double xy = 0;
  double xx = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    xy += (x[k] - mean_x) * (y[k] - mean_y);
    xx += (x[k] - mean_x) * (x[k] - mean_x);
  }
  return Ridge{xy / xx, lowest, highest, x.size()};
}

std::optional<Ridge> fit_ridge(const LossMap& map) {
  const std::size_t count = map.learning_rates.size();
  std::size_t best_begin = 0;
  std::size_t best_end = 0;
  for (std::size_t begin = 0; begin < count;) {
    std::size_t end = begin;
    for (; end < count; ++end) {
      const auto j = best_weight_decay(map, end);
      if (!j || *j == 0 || *j + 1 == map.weight_decays.size()) break;
    }
    if (end - begin > best_end - best_begin) {
      best_begin = begin;
      best_end = end;
    }
    begin = end + 1;
  }
  if (best_begin == best_end) return std::nullopt;
  return fit_ridge(map, map.learning_rates[best_begin], map.learning_rates[best_end - 1]);
}

}  // namespace lrscape
