#pragma once

#include <string>
#include <vector>

#include "cli/color_scale.hpp"
#include "cli/terminal.hpp"

namespace lrscape::cli {

/// Loss over (learning rate, weight decay). The loss of learning_rate[i] and weight_decay[j] is
/// loss[i * weight_decay.size() + j]. Infinity means that the cell diverged, NaN that it has not
/// run. The coordinates may be in any order.
struct Heatmap {
  std::string title;
  std::vector<double> learning_rate;
  std::vector<double> weight_decay;
  std::vector<double> loss;
};

/// Draws the map as lines of at most max(20, style.columns) characters, each ended by a newline.
/// The learning rate rises to the right, the weight decay upward. A colour bar and a legend follow.
/// If there is room, each cell takes several characters; otherwise neighbouring cells are merged
/// and show their best loss. If no cell has run or all cells diverged, a sentence replaces the map.
/// Throws InputError if the number of losses does not match the axes or a coordinate is not finite.
std::string render(const Heatmap& map, const ColorScale& scale, const TerminalStyle& style);

}  // namespace lrscape::cli
