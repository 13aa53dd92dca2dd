#pragma once

#include <span>
#include <string>
#include <vector>

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

/// The losses at the two ends of the palette; what lies beyond takes the colour of the end.
/// NaN if there is no finite loss.
struct ColorScale {
  double low;
  double high;

  /// Colours follow the logarithm of the loss if every finite loss is positive.
  bool logarithmic() const { return low > 0.0; }
};

/// The scale that several maps share. `low` is the best finite loss. `high` puts the median of the
/// finite losses above the best in the middle of the palette (on the logarithmic scale, if that is
/// the one in use), but never exceeds the worst finite loss. A valley thus keeps half of the
/// palette, a plateau around it stays apart from the walls beyond, and however large the losses on
/// the walls are, they move nothing.
ColorScale color_scale(std::span<const Heatmap> maps);

/// Draws the map as lines of at most style.columns characters (20 at the least), each ended by a
/// newline: learning rate rising to the right, weight decay rising upward, then a colour bar and
/// a legend of what occurs. Cells take several characters each if there is room; if there is not,
/// neighbouring cells are merged and show the best loss among them. A map in which nothing is
/// finite says so in words.
/// Throws InputError if the number of losses does not match the axes or a coordinate is not finite.
std::string render(const Heatmap& map, const ColorScale& scale, const TerminalStyle& style);

}  // namespace lrscape::cli
