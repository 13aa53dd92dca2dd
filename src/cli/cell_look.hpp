#pragma once

#include <cstddef>
#include <string_view>

#include "cli/color_scale.hpp"
#include "cli/terminal.hpp"

namespace lrscape::cli {

/// Draws the cells of a heatmap: as colours if the terminal has colours, else as characters. A loss
/// of infinity means that the cell diverged, NaN that it has not run.
class CellLook {
 public:
  CellLook(const ColorScale& scale, const TerminalStyle& style) : scale_(scale), style_(style) {}

  /// Number of cells that one character shows, one above the other.
  std::size_t halves() const { return colored() && style_.unicode ? 2 : 1; }

  /// Writes one character that shows the cell `upper` above the cell `lower`.
  void put(Painter& painter, double upper, double lower) const;

  /// Says which end of the palette is the best loss, such as "bright is best".
  std::string_view meaning() const;

  /// Writes one character that marks the best cell.
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
