#pragma once

#include <cstddef>
#include <memory>

#include "lrscape/backend.hpp"
#include "lrscape/device.hpp"
#include "lrscape/prepared_sweep.hpp"
#include "lrscape/result.hpp"
#include "lrscape/sink.hpp"
#include "lrscape/watch.hpp"

namespace lrscape {

/// What a call of run() did.
struct Report {
  std::size_t runs = 0;           ///< of the shard
  std::size_t resumed_runs = 0;   ///< of these, already in the sink
  std::size_t damaged_units = 0;  ///< units that the sink held damaged, trained again
};

/// The backend for the devices that the options name; several GPUs work as one. `prepared` must outlive it. Throws
/// InputError for an unknown device or instruction set, DeviceError for a device that is not there or cannot be
/// prepared. Of several GPUs, one that cannot be prepared is left out, with a warning, and one that fails later leaves
/// its runs to the others.
std::unique_ptr<Backend> make_backend(const PreparedSweep& prepared, const DeviceOptions& options);

/// Trains the units of the shard that the sink lacks, in the order of units_of(). They go to the backend in waves that
/// fill it; the sink takes a wave while the backend trains the next. The watch is told how many runs are done, those of
/// earlier calls included. Throws InterruptedError if the watch asks for a stop and DeviceError if the device fails;
/// the sink has all finished waves then.
Report run(const PreparedSweep& prepared, Backend& backend, Sink& sink, const Watch& watch = {},
           const Shard& shard = {});

/// Trains a whole sweep and returns its result. Throws as check(), make_backend() and the other run() do.
Result run(const Sweep& sweep, const DeviceOptions& options = {}, const Watch& watch = {});

}  // namespace lrscape
