#pragma once

#include <vector>

#include "report/page.hpp"
#include "report/sweep_section.hpp"

namespace lrscape {

/// The comparisons of each two results, for maps with runs in common.
Json comparison_section(const std::vector<ReportedSweep>& sweeps, Page& page);

}  // namespace lrscape
