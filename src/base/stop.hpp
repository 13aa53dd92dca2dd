#pragma once

#include <atomic>

namespace lrscape {

/// While it lives, end_if_stopped() ends the work of this thread, and of the threads that
/// in_parallel() starts for it, once `*stop` is true. A null pointer never stops.
class StopScope {
 public:
  explicit StopScope(const std::atomic<bool>* stop);
  ~StopScope();
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;

  /// The flag of the innermost scope of this thread, or null.
  static const std::atomic<bool>* current();

 private:
  const std::atomic<bool>* outer_;
};

/// Throws InterruptedError if the scope of this thread requests it. Long computations call it about
/// every millisecond.
void end_if_stopped();

}  // namespace lrscape
