#pragma once

#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "lrscape/analysis.hpp"

namespace lrscape::cli {

/// Losses, or bounds, with their standard errors over ascending coordinates. Infinity means
/// diverged, NaN not run.
struct Curve {
  std::string title;
  std::string axis;  ///< the name of the coordinate
  std::vector<double> x;
  std::vector<Estimate> loss;
  std::string quantity = "loss";  ///< the name of `loss`
};

/// Draws the curve as lines of at most max(40, style.columns) characters, each ended by a newline.
/// A mark shows a loss and a bar its standard error; a caret a loss above the plot, which ends
/// where the colours of a heatmap would; a slash a diverged run. The points stand at equal
/// distances.
std::string render(const Curve& curve, const TerminalStyle& style);

}  // namespace lrscape::cli
