#pragma once

#include <span>

#include "report/color_scale.hpp"

namespace lrscape::cli {

struct Heatmap;

/// The colour scale that several maps share: that of all their losses.
ColorScale color_scale(std::span<const Heatmap> maps);

}  // namespace lrscape::cli
