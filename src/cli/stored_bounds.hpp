#pragma once

#include <string>

#include "cli/terminal.hpp"
#include "lrscape/bound/bound_result.hpp"

namespace lrscape::cli {

/// The rows that `lrscape bound --csv` and `--json` print, without the terms of the theorem.
std::string bounds_csv(const StoredBounds& bounds);
std::string bounds_json(const StoredBounds& bounds);

/// The best bound of each schedule and number of steps, best first, as a JSON array of such rows.
std::string best_bounds_json(const StoredBounds& bounds);

/// Curves of the best bounds over the horizons, or a table of the best bounds.
std::string drawn(const StoredBounds& bounds, const std::string& title, const TerminalStyle& style);

}  // namespace lrscape::cli
