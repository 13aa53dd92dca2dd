#pragma once

#include <vector>

#include "report/page.hpp"
#include "report/sweep_section.hpp"

namespace lrscape {

/// The comparisons of every pair of results on a page.
struct Comparisons {
  Json shown;    ///< of maps with runs in common
  Json reasons;  ///< why others are not compared, as sentences
};

Comparisons comparison_section(const std::vector<ReportedSweep>& sweeps, Page& page);

}  // namespace lrscape
