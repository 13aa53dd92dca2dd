#pragma once

#include <atomic>

namespace lrscape {

/// While it lives, long calls of this thread that take no Watch end with InterruptedError once
/// `*stop` is true: make_synthetic(), the preparation of a sweep, bound::curve() and extend(). A
/// null pointer never stops them.
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

/// Throws InterruptedError if the scope of this thread, or of the thread for which it works,
/// requests it.
void end_if_stopped();

}  // namespace lrscape
