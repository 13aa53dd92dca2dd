#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "lrscape/result.hpp"

namespace lrscape {

/// The loss of one configuration over learning rates and weight decays. The loss at learning rate i
/// and weight decay j is entry i * weight_decays.size() + j. It is +infinity if any seed diverged,
/// and NaN if no seed has run.
struct LossMap {
  std::vector<double> learning_rates;
  std::vector<double> weight_decays;
  std::vector<double> loss;
  std::vector<std::size_t> seeds = {};  ///< for each entry, how many seeds have run
};

/// The mean of the last recorded validation loss over the seeds that have run. For `configuration`
/// see Result; without further axes, it is an index into Result::optimizers.
LossMap mean_over_seeds(const Result& result, std::size_t configuration);

struct Cell {
  std::size_t learning_rate;
  std::size_t weight_decay;
  double loss;
};

/// The cell with the least finite loss, the first one in case of a tie, or std::nullopt if no
/// loss is finite.
std::optional<Cell> best_cell(const LossMap& map);

/// The dependence of the best weight decay on the learning rate.
struct Ridge {
  double slope;  ///< of log(best weight decay) over log(learning rate), by least squares
  double lowest_learning_rate;
  double highest_learning_rate;
  std::size_t points;
};

/// The least number of points for a slope. Two points always lie on a line.
inline constexpr std::size_t fewest_ridge_points = 3;

/// Fits the ridge over learning rates from `low` to `high`, inclusive. Skips learning rates whose
/// best weight decay is 0 and learning rates without a finite loss. Returns std::nullopt if fewer
/// than fewest_ridge_points remain.
std::optional<Ridge> fit_ridge(const LossMap& map, double low, double high);

/// Fits the ridge over the longest series of consecutive learning rates whose best weight decay
/// lies inside the map, not on its edge.
std::optional<Ridge> fit_ridge(const LossMap& map);

}  // namespace lrscape
