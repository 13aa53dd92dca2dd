#pragma once

#include "lrscape/backend.hpp"

namespace lrscape::cli {

/// Says on stdout what a sweep would do: runs, chunks, memory, and the time it would take, for which
/// a small part of it is run.
void print_dry_run(const PreparedSweep& prepared, const Backend& backend,
                   const DeviceOptions& options);

}  // namespace lrscape::cli
