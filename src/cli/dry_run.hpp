#pragma once

#include <span>

#include "lrscape/run.hpp"

namespace lrscape::cli {

/// Prints the size of a shard of a sweep to stdout: runs, units, memory, and the time for its
/// `missing` units without the `known` runs, for which it trains a few runs.
void print_dry_run(const PreparedSweep& prepared, const Backend& backend,
                   const DeviceOptions& options, const Cut& cut, const Shard& shard,
                   std::span<const Unit> missing, const KnownRuns& known);

}  // namespace lrscape::cli
