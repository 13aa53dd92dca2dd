#include "cli/heatmap_grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

std::vector<std::size_t> ascending(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  return order;
}

}  // namespace

Grid make_grid(const Heatmap& map) {
  const std::size_t nx = map.learning_rate.size(), ny = map.weight_decay.size();
  if (map.loss.size() != nx * ny) {
    throw InputError(
        fmt::format("a heatmap of {} x {} cells was given {} losses: allowed is one "
                    "loss for each learning rate and weight decay",
                    nx, ny, map.loss.size()));
  }
  for (const auto* axis : {&map.learning_rate, &map.weight_decay}) {
    for (const double value : *axis) {
      if (!std::isfinite(value)) {
        throw InputError(
            fmt::format("a heatmap was given the coordinate {}: allowed are finite "
                        "learning rates and weight decays",
                        value));
      }
    }
  }
  Grid grid;
  const auto order_x = ascending(map.learning_rate), order_y = ascending(map.weight_decay);
  for (const std::size_t i : order_x) grid.learning_rate.push_back(map.learning_rate[i]);
  for (const std::size_t j : order_y) grid.weight_decay.push_back(map.weight_decay[j]);
  for (std::size_t x = 0; x < nx; ++x) {
    for (std::size_t y = 0; y < ny; ++y) {
      const double value = map.loss[order_x[x] * ny + order_y[y]];
      grid.loss.push_back(std::isinf(value) ? std::fabs(value) : value);
      grid.missing += std::isnan(value);
      grid.diverged += std::isinf(value);
      if (!std::isfinite(value)) continue;
      ++grid.finite;
      grid.worst = std::max(grid.worst, value);
      if (value < grid.best) {
        grid.best = value;
        grid.best_x = x;
        grid.best_y = y;
      }
    }
  }
  return grid;
}

}  // namespace lrscape::cli
