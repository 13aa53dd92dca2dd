#pragma once

#include <cstddef>
#include <memory>

#include "lrscape/backend.hpp"
#include "lrscape/device.hpp"
#include "lrscape/known_runs.hpp"
#include "lrscape/prepared_sweep.hpp"
#include "lrscape/result.hpp"
#include "lrscape/sink.hpp"
#include "lrscape/watch.hpp"

namespace lrscape {

/// Counts from one call of run().
struct Report {
  std::size_t runs = 0;           ///< runs of the shard
  std::size_t resumed_runs = 0;   ///< runs of the shard that the sink already had at the start
  std::size_t trained_runs = 0;   ///< runs of the shard that this call trained and stored
  std::size_t known_runs = 0;     ///< runs of the shard that were known, and stored
  std::size_t others_runs = 0;    ///< runs of the shard that other processes trained meanwhile
  std::size_t damaged_units = 0;  ///< units found damaged in the sink and trained again
};

/// Makes the backend for the devices that `options` names; several GPUs act as one backend.
/// `prepared` must outlive the backend. Throws InputError for an unknown device or instruction set,
/// and DeviceError for a device that does not exist or cannot be prepared. Among several GPUs, one
/// that cannot be prepared is left out with a warning, and the others take over the runs of one
/// that fails later.
std::unique_ptr<Backend> make_backend(const PreparedSweep& prepared, const DeviceOptions& options);

/// Trains the units of the shard that are not done in the sink, in the order of units_of(). Skips
/// units that another process has claimed, and returns when all units of the shard are done. Units
/// go to the backend in waves large enough to keep it busy; the sink stores one wave while the
/// backend trains the next. `watch` receives the number of finished runs of the shard, including
/// runs of earlier calls. Throws InterruptedError if `watch` requests a stop before all runs are
/// done, DeviceError if the device fails, and any error of the sink. After a stop, the sink has
/// every wave that finished training; after an error of the sink, every wave that it has stored.
/// Runs that `known` has are stored without training.
Report run(const PreparedSweep& prepared, Backend& backend, Sink& sink, const Watch& watch = {},
           const Shard& shard = {}, const KnownRuns* known = nullptr);

/// Trains a whole sweep in memory and returns its result. Throws the errors of check(),
/// make_backend() and run() above.
Result run(const Sweep& sweep, const DeviceOptions& options = {}, const Watch& watch = {});

}  // namespace lrscape
