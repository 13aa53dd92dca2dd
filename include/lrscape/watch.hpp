#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>

namespace lrscape {

/// Receives the progress and warnings of a long call, and stops the call early once `*stop` is
/// true.
struct Watch {
  /// Called from time to time, by one thread at a time, with the number of finished runs or bounds.
  /// The first call comes before any work: `done` is then 0 or, for a resumed sweep, the number of
  /// runs that the sink already has.
  std::function<void(std::size_t done, std::size_t total)> progress = {};
  const std::atomic<bool>* stop = nullptr;
  /// Called once for each problem that does not end the call.
  std::function<void(const std::string& warning)> warn = {};

  bool stopped() const { return stop != nullptr && *stop; }
};

}  // namespace lrscape
