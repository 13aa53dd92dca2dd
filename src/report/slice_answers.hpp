#pragma once

#include <string>
#include <vector>

#include "lrscape/analysis.hpp"
#include "report/chosen_map.hpp"

namespace lrscape {

/// A slice of a map, which must outlive it.
struct NamedSlice {
  const ChosenMap* chosen;
  Slice slice;
};

/// A sentence a line: the best point, the width, where the slice ends, points that have not run or
/// are interpolated.
std::vector<std::string> slice_answers(const NamedSlice& named, bool unicode);

}  // namespace lrscape
