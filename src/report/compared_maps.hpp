#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lrscape/analysis.hpp"
#include "report/chosen_map.hpp"

namespace lrscape {

/// Two maps that share cells and seeds. The maps must outlive it.
struct ComparedMaps {
  const ChosenMap* first;
  const ChosenMap* second;
  Comparison comparison;
};

/// The maps of two results with the same optimizer and settings or, if both have a single map,
/// these two. Without pairs that share no cell that has run.
std::vector<ComparedMaps> compared_maps(const std::vector<const ChosenMap*>& first,
                                        const std::vector<const ChosenMap*>& second);

/// Why compared_maps() returns no pair.
std::string why_not_compared(const std::vector<const ChosenMap*>& first,
                             const std::vector<const ChosenMap*>& second);

/// A warning if both were trained on different data; else empty.
std::string data_warning(const ComparedMaps& pair);

/// One character for a cell: 1 or 2 for the better map, a dot for no clear difference.
char verdict(const ComparedCell& cell);

/// A sentence a line: both maps, how many cells differ, the best cells and their difference.
std::vector<std::string> comparison_answers(const ComparedMaps& pair, bool unicode);

/// The comparison with all its cells as a JSON object.
std::string comparison_json(const ComparedMaps& pair);

}  // namespace lrscape
