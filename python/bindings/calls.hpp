#pragma once

#include "bindings.hpp"

namespace lrscape::python {

/// A call of the library that other threads of Python may overtake. If a thread still holds such a
/// call while the interpreter ends, C++ cannot unwind the thread's stack, and the process aborts.
/// So the interpreter stops all calls at its end, and waits for them.
class Call {
 public:
  /// Throws std::runtime_error in threads that begin a call after the interpreter has begun to end.
  Call();
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// Whether the interpreter ends, and this thread is not the one that ends it.
  static bool must_stop();
};

/// A call without the interpreter's lock.
class Unlocked {
  Call call_;  // Ends last, with the lock.
  nb::gil_scoped_release release_;
};

void add_calls(nb::module_& module);

}  // namespace lrscape::python
