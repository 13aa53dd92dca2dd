#pragma once

#include <cstddef>
#include <vector>

#include "report/chosen_map.hpp"
#include "report/color_scale.hpp"

namespace lrscape {

/// Which maps share a colour scale so that every map shows its valley: the group of each map, from
/// 0 on. Maps of the same data are in one group if the best loss of each lies in the bright half of
/// the scale of every other one, and no scale is more than four times as long as another. Scales
/// are compared by the logarithm of the loss, unless losses are 0 or negative.
std::vector<std::size_t> scale_groups(const std::vector<const ChosenMap*>& maps);

/// The colour scale of each map, which is that of its group.
std::vector<ColorScale> color_scales(const std::vector<ChosenMap>& maps);

}  // namespace lrscape
