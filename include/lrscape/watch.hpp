#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>

namespace lrscape {

/// How a long call tells how far it is, and how it is asked to end.
struct Watch {
  /// Called now and then, by one thread at a time, the first time with 0 done.
  std::function<void(std::size_t done, std::size_t total)> progress = {};
  const std::atomic<bool>* stop = nullptr;
  /// Told of what goes wrong without ending the call, each time once.
  std::function<void(const std::string& warning)> warn = {};

  bool stopped() const { return stop != nullptr && *stop; }
};

}  // namespace lrscape
