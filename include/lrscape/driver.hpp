#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>

#include "lrscape/backend.hpp"
#include "lrscape/store.hpp"

namespace lrscape {

struct DriverOptions {
  /// Of the units, those with index % shards == shard. Several processes can share a sweep so.
  std::size_t shard = 0;
  std::size_t shards = 1;
  /// Told after every wave: runs done so far, those of earlier calls included, of all in the shard.
  std::function<void(std::size_t done, std::size_t total)> progress;
  /// Told each of the backend's warnings once: those of its preparation at the start, later ones after the
  /// wave in which they arose.
  std::function<void(const std::string& warning)> warn;
};

struct DriverReport {
  std::size_t runs = 0;           ///< in this shard
  std::size_t resumed_runs = 0;   ///< of these, found done already
  std::size_t damaged_units = 0;  ///< units found damaged and made again
};

/// Carries out what the store still lacks. Units go to the backend in waves that fill it; a wave
/// is written as soon as it is done. Throws InterruptedError if `stop` becomes true and DeviceError if the
/// device fails, with all finished waves safe in the store.
DriverReport run_sweep(Backend& backend, ResultStore& store, const DriverOptions& options,
                       const std::atomic<bool>& stop);

}  // namespace lrscape
