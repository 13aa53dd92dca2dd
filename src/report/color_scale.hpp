#pragma once

#include <vector>

namespace lrscape {

/// The losses at the two ends of the palette: `low` is the brightest, `high` the darkest. Losses
/// beyond an end take the colour of that end.
/// Both are NaN if there is no finite loss.
struct ColorScale {
  double low;
  double high;

  /// Colours follow the logarithm of the loss if every finite loss is positive.
  bool logarithmic() const { return low > 0.0; }
};

/// The colour scale of all losses that are drawn together; infinite ones and NaN do not count.
/// `low` is the best finite loss. `high` puts the median of the finite losses above `low` in the
/// middle of the palette (on the logarithmic scale if all finite losses are positive), but never
/// exceeds the worst finite loss. A valley thus gets half of the palette, a plateau around the
/// valley differs from the walls beyond, and huge losses on the walls do not change the scale.
ColorScale color_scale(std::vector<double> losses);

}  // namespace lrscape
