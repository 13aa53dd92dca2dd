#pragma once

#include "lrscape/run.hpp"

namespace lrscape::cli {

/// Prints the size of a shard of a sweep to stdout: runs, units, memory and time. Trains a few runs
/// to estimate the time.
void print_dry_run(const PreparedSweep& prepared, const Backend& backend,
                   const DeviceOptions& options, const Cut& cut, const Shard& shard);

}  // namespace lrscape::cli
