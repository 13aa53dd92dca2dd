#pragma once

#include <string>
#include <vector>

#include "cli/color_scale.hpp"
#include "cli/terminal.hpp"

namespace lrscape::cli {

/// Loss over (learning rate, weight decay). The loss of learning_rate[i] and weight_decay[j] is
/// loss[i * weight_decay.size() + j]; infinity is a diverged cell, NaN one that has not run.
/// The coordinates may come in any order.
struct Heatmap {
  std::string title;
  std::vector<double> learning_rate;
  std::vector<double> weight_decay;
  std::vector<double> loss;
};

/// Draws the map as lines of at most style.columns characters (20 at the least), each ended by a
/// newline: learning rate rising to the right, weight decay rising upward, then a colour bar and
/// a legend of what occurs. Cells take several characters each if there is room; if there is not,
/// neighbouring cells are merged and show the best loss among them. A map in which nothing is
/// finite says so in words.
/// Throws InputError if the number of losses does not match the axes or a coordinate is not finite.
std::string render(const Heatmap& map, const ColorScale& scale, const TerminalStyle& style);

}  // namespace lrscape::cli
