#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace lrscape::cli {

/// How the cells of one axis fill the space there is: `merge` neighbours become one merged cell,
/// and one merged cell is `magnify` dots long. Only one of the two is ever above 1.
struct AxisLayout {
  std::size_t cells, merge, magnify;

  AxisLayout(std::size_t cell_count, std::size_t space, std::size_t most_magnify)
      : cells(cell_count),
        merge((cells + space - 1) / space),
        magnify(std::clamp(space / cells, std::size_t{1}, most_magnify)) {}

  std::size_t merged() const { return (cells + merge - 1) / merge; }
  std::size_t length() const { return merged() * magnify; }
  /// The dot of a place between the cells: -0.5 is the edge before cell 0, 0 its middle.
  std::size_t dot(double place) const {
    const double dots = (place + 0.5) / static_cast<double>(merge) * static_cast<double>(magnify);
    return std::min(static_cast<std::size_t>(std::max(dots, 0.0)), length() - 1);
  }
};

struct Tick {
  double place;  ///< in cells, fractions between them
  std::string label;
};
using Ticks = std::vector<Tick>;

/// Ticks for an axis of these ascending values: the first set that `fits`, at round values if there
/// are some, but of few cells the cells themselves.
Ticks choose_ticks(std::span<const double> values, const std::function<bool(const Ticks&)>& fits);

}  // namespace lrscape::cli
