#include "report/color_scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace lrscape {

/// The same rule as colour_limits in python/lrscape/heatmap.py.
ColorScale color_scale(std::vector<double> losses) {
  std::erase_if(losses, [](double loss) { return !std::isfinite(loss); });
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (losses.empty()) return {none, none};
  const auto [least, most] = std::minmax_element(losses.begin(), losses.end());
  const double low = *least, worst = *most;
  std::erase(losses, low);
  if (losses.empty()) return {low, low};
  const auto middle = losses.begin() + static_cast<std::ptrdiff_t>((losses.size() - 1) / 2);
  std::nth_element(losses.begin(), middle, losses.end());
  const double high = low > 0.0 ? *middle * (*middle / low) : *middle + (*middle - low);
  return {low, std::min(high, worst)};
}

}  // namespace lrscape
