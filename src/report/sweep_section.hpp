#pragma once

#include <string>
#include <vector>

#include "lrscape/result.hpp"
#include "report/chosen_map.hpp"
#include "report/page.hpp"

namespace lrscape {

/// A result of a sweep and the maps of its configurations.
struct ReportedSweep {
  std::string path;
  Result result;
  std::vector<ChosenMap> maps;
  std::vector<std::size_t> scale_groups;  ///< of each map, among all sweeps of a page
};

ReportedSweep reported_sweep(const std::string& path, Result result);

/// How many bytes of arrays, before compression, the parts of a report may take. The part of a map
/// is the same for all maps.
struct Budget {
  std::size_t losses, curves, slices;
};

/// The budget of each of `maps` maps.
Budget budget_of(std::size_t maps);

/// The axes, the maps, their slices and curves.
Json sweep_section(const ReportedSweep& sweep, const Budget& budget, Page& page);

/// Sets `scale_groups` of all sweeps.
void group_scales(std::vector<ReportedSweep>& sweeps);

/// The colour scales of all maps together ("all") and of each group ("groups"), by statistic:
/// "mean", "least", "most" and "error".
Json page_scales(const std::vector<ReportedSweep>& sweeps);

/// The attributes of a result, with the configuration as an object.
Json attributes_json(const std::string& attributes);

}  // namespace lrscape
