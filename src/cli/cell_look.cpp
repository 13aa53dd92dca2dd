#include "cli/cell_look.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "report/viridis.hpp"

namespace lrscape::cli {
namespace {

/// Position of a loss in the palette: 0 up to scale.low, 1 from scale.high on.
double level_of(double loss, const ColorScale& scale) {
  if (loss <= scale.low) return 0.0;
  if (loss >= scale.high) return 1.0;
  // Subtract logarithms, or halves: the ratio or the difference of two losses can overflow.
  if (scale.logarithmic()) {
    return (std::log(loss) - std::log(scale.low)) / (std::log(scale.high) - std::log(scale.low));
  }
  return (loss / 2 - scale.low / 2) / (scale.high / 2 - scale.low / 2);
}

/// Position of a loss in the colour map. The best loss is the brightest, as in
/// python/lrscape/heatmap.py, so that the valley stands out.
double brightness_of(double loss, const ColorScale& scale) { return 1 - level_of(loss, scale); }

/// The colours of the xterm palette nearest to viridis in OKLab, in rising lightness.
constexpr std::array<int, 11> viridis_palette = {53, 54, 24, 30, 36, 71, 77, 113, 148, 184, 220};

int viridis(double brightness, ColorMode mode) {
  if (mode == ColorMode::palette256) {
    const auto count = static_cast<double>(viridis_palette.size());
    return viridis_palette[static_cast<std::size_t>(std::min(brightness * count, count - 1))];
  }
  return lrscape::viridis(brightness);
}

}  // namespace

void CellLook::put(Painter& painter, double upper, double lower) const {
  if (!colored()) return painter.put(shade(upper));
  const int top = color(upper), bottom = color(lower);
  // The hatching marks diverged cells independently of the colour.
  if (std::isinf(upper) && std::isinf(lower)) return painter.put(hatch(), {hatch_color(), top});
  if (top < 0 && bottom < 0) return painter.put(" ");
  if (!style_.unicode) return painter.put(" ", {-1, top});
  if (top < 0) return painter.put("▄", {bottom, -1});
  painter.put("▀", {top, bottom});
}

void CellLook::put_best(Painter& painter, double loss) const {
  if (!colored()) return painter.put(best_mark());
  const bool dark = brightness_of(loss, scale_) < 0.6;
  const int white = style_.color == ColorMode::palette256 ? 231 : 0xFFFFFF;
  const int black = style_.color == ColorMode::palette256 ? 16 : 0x000000;
  painter.put(best_mark(), {dark ? white : black, color(loss), true});
}

int CellLook::color(double loss) const {
  if (std::isnan(loss)) return -1;
  if (std::isinf(loss)) return style_.color == ColorMode::palette256 ? 95 : 0x7A4F52;
  return viridis(brightness_of(loss, scale_), style_.color);
}

std::string_view CellLook::meaning() const {
  return colored() ? "bright is best" : "dense is best";
}

std::string_view CellLook::shade(double loss) const {
  if (std::isnan(loss)) return " ";
  if (std::isinf(loss)) return hatch();
  static constexpr std::array<std::string_view, 9> ascii = {"@", "%", "#", "*", "+",
                                                            "=", "-", ":", "."};
  static constexpr std::array<std::string_view, 5> blocks = {"█", "▓", "▒", "░", "·"};
  const auto pick = [&](const auto& ramp) {
    const auto count = static_cast<double>(ramp.size());
    return ramp[static_cast<std::size_t>(std::min(level_of(loss, scale_) * count, count - 1))];
  };
  return style_.unicode ? pick(blocks) : pick(ascii);
}

}  // namespace lrscape::cli
