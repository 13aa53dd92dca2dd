#include "cli/color_scale.hpp"

#include <utility>
#include <vector>

#include "cli/heatmap.hpp"

namespace lrscape::cli {

ColorScale color_scale(std::span<const Heatmap> maps) {
  std::vector<double> losses;
  for (const Heatmap& map : maps) losses.insert(losses.end(), map.loss.begin(), map.loss.end());
  return lrscape::color_scale(std::move(losses));
}

}  // namespace lrscape::cli
