#pragma once

#include <cstddef>
#include <string_view>

#include "cli/color_scale.hpp"
#include "cli/terminal.hpp"

namespace lrscape::cli {

/// Everything that stands for a cell of a heatmap: colours if there are any, else characters. A loss
/// of infinity is a diverged cell, NaN one that has not run.
class CellLook {
 public:
  CellLook(const ColorScale& scale, const TerminalStyle& style) : scale_(scale), style_(style) {}

  /// Cells above each other in one character.
  std::size_t halves() const { return colored() && style_.unicode ? 2 : 1; }

  /// One character that shows the cell `upper` above the cell `lower`.
  void put(Painter& painter, double upper, double lower) const;

  /// One character that shows the best cell.
  void put_best(Painter& painter, double loss) const;

 private:
  bool colored() const { return style_.color != ColorMode::none; }
  int color(double loss) const;
  std::string_view best_mark() const { return style_.unicode ? "✕" : colored() ? "X" : "O"; }
  std::string_view hatch() const { return style_.unicode ? "╱" : "/"; }
  int hatch_color() const { return style_.color == ColorMode::palette256 ? 138 : 0xA07074; }
  std::string_view shade(double loss) const;

  ColorScale scale_;
  TerminalStyle style_;
};

}  // namespace lrscape::cli
