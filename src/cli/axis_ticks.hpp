#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace lrscape::cli {

/// How the cells of one axis fill the available space: `merge` neighbours form one merged cell, and
/// a merged cell is `magnify` dots long. At most one of the two numbers is above 1.
struct AxisLayout {
  std::size_t cells, merge, magnify;

  AxisLayout(std::size_t cell_count, std::size_t space, std::size_t most_magnify)
      : cells(cell_count),
        merge((cells + space - 1) / space),
        magnify(std::clamp(space / cells, std::size_t{1}, most_magnify)) {}

  std::size_t merged() const { return (cells + merge - 1) / merge; }
  std::size_t length() const { return merged() * magnify; }
  /// The dot at a position in cells: 0 is the middle of cell 0, -0.5 its outer edge.
  std::size_t dot(double place) const {
    const double dots = (place + 0.5) / static_cast<double>(merge) * static_cast<double>(magnify);
    return std::min(static_cast<std::size_t>(std::max(dots, 0.0)), length() - 1);
  }
};

struct Tick {
  double place;  ///< position in cells, may be fractional
  std::string label;
};
using Ticks = std::vector<Tick>;

/// Ticks for an axis with these ascending values: the first set of round values that `fits`
/// accepts. Without such a set, or with only a few cells, the ticks are at the cells themselves.
Ticks choose_ticks(std::span<const double> values, const std::function<bool(const Ticks&)>& fits);

}  // namespace lrscape::cli
