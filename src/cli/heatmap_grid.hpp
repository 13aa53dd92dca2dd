#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "cli/heatmap.hpp"

namespace lrscape::cli {

/// The map with both coordinates ascending, with counts of its cells and its extreme losses.
struct Grid {
  std::vector<double> learning_rate, weight_decay, loss;
  std::size_t finite = 0, diverged = 0, missing = 0;
  std::size_t best_x = 0, best_y = 0;
  double best = std::numeric_limits<double>::infinity(), worst = -best;

  double at(std::size_t x, std::size_t y) const { return loss[x * weight_decay.size() + y]; }
};

/// Throws InputError if the number of losses does not match the axes or a coordinate is not finite.
Grid make_grid(const Heatmap& map);

}  // namespace lrscape::cli
