#pragma once

#include <functional>
#include <string>

#include "cli/terminal.hpp"
#include "lrscape/bound/bound_result.hpp"

namespace lrscape::cli {

/// One bound of a result.
struct StoredBound {
  std::size_t schedule;
  std::int64_t steps, horizon;
  double gamma, omega, gamma_opt, omega_opt;
};

/// Calls `use` with every bound, in the order of the result. Without gammas, gamma is gamma_opt.
void for_each_bound(const StoredBounds& bounds, const std::function<void(const StoredBound&)>& use);

/// The rows that `lrscape bound --csv` and `--json` print, without the terms of the theorem.
std::string bounds_csv(const StoredBounds& bounds);
std::string bounds_json(const StoredBounds& bounds);

/// Curves of the best bounds over the horizons, or a table of the best bounds.
std::string drawn(const StoredBounds& bounds, const std::string& title, const TerminalStyle& style);

}  // namespace lrscape::cli
