#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "lrscape/result.hpp"

namespace lrscape {

/// The loss of one optimizer over learning rates and weight decays: entry
/// i * weight_decays.size() + j is that of learning rate i and weight decay j. +infinity where any
/// seed diverged, NaN where none has run.
struct LossMap {
  std::vector<double> learning_rates;
  std::vector<double> weight_decays;
  std::vector<double> loss;
  std::vector<std::size_t> seeds = {};  ///< for each entry, those that have run
};

/// The mean of the last recorded validation loss over the seeds that have run.
LossMap mean_over_seeds(const Result& result, std::size_t optimizer);

struct Cell {
  std::size_t learning_rate;
  std::size_t weight_decay;
  double loss;
};

/// The cell of least finite loss, the first of equals; none if no loss is finite.
std::optional<Cell> best_cell(const LossMap& map);

/// How the best weight decay follows the learning rate.
struct Ridge {
  double slope;  ///< of log(best weight decay) over log(learning rate), by least squares
  double lowest_learning_rate;
  double highest_learning_rate;
  std::size_t points;
};

/// The least number of points for a slope: two lie on a line whatever they are.
inline constexpr std::size_t fewest_ridge_points = 3;

/// Fits the ridge over learning rates from `low` to `high`, leaving out those whose best weight decay
/// is 0 or whose losses are not finite. None with fewer than fewest_ridge_points.
std::optional<Ridge> fit_ridge(const LossMap& map, double low, double high);

/// Fits it over the longest stretch of learning rates whose best weight decay lies inside the map,
/// not at its rim.
std::optional<Ridge> fit_ridge(const LossMap& map);

}  // namespace lrscape
