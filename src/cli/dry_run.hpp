#pragma once

#include "lrscape/run.hpp"

namespace lrscape::cli {

/// Says on stdout what a shard of a sweep would do: runs, units, memory, and the time it would take, for which
/// a small part of it is run.
void print_dry_run(const PreparedSweep& prepared, const Backend& backend,
                   const DeviceOptions& options, const Cut& cut, const Shard& shard);

}  // namespace lrscape::cli
