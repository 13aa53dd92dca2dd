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
  std::size_t resumed_runs = 0;   ///< of these, found in the sink at the start
  std::size_t trained_runs = 0;   ///< of these, trained by this call
  std::size_t damaged_units = 0;  ///< units that the sink held damaged, trained again
};

/// The backend for the devices that the options name; several GPUs work as one. `prepared` must outlive it. Throws
/// InputError for an unknown device or instruction set, DeviceError for a device that is not there or cannot be
/// prepared. Of several GPUs, one that cannot be prepared is left out, with a warning, and one that fails later leaves
/// its runs to the others.
std::unique_ptr<Backend> make_backend(const PreparedSweep& prepared, const DeviceOptions& options);

/// Trains those units of the shard that are not done in the sink, in the order of units_of(). It hands units to the backend
/// in waves large enough to keep it busy; the sink stores one wave while the backend trains the next. The watch learns how
/// many runs of the shard are done, including runs of earlier calls. Throws InterruptedError if the watch asks for a stop
/// before all runs are done, DeviceError if the device fails, and what the sink throws. The sink has then every wave that
/// was trained to its end and that it could take.
Report run(const PreparedSweep& prepared, Backend& backend, Sink& sink, const Watch& watch = {},
           const Shard& shard = {});

/// Trains a whole sweep in memory and returns its result. Throws what check(), make_backend() and run() above throw.
Result run(const Sweep& sweep, const DeviceOptions& options = {}, const Watch& watch = {});

}  // namespace lrscape
