#pragma once

#include <span>

namespace lrscape::cli {

struct Heatmap;

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

}  // namespace lrscape::cli
