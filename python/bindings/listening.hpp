#pragma once

#include <functional>

#include "bindings.hpp"
#include "lrscape/watch.hpp"

namespace lrscape::python {

/// The functions of Python to call while the library works. Each may be None.
struct Listeners {
  nb::object progress;  ///< progress(done, total)
  nb::object warn;      ///< warn(text)
};

/// Runs `work` on another thread and waits for it without the interpreter's lock. Meanwhile the
/// calling thread handles signals and calls the listeners. An exception of a signal handler (for
/// Ctrl-C, KeyboardInterrupt) or of a listener stops the work and is returned when the work has
/// ended; otherwise returns None. Throws what `work` throws, unless it was stopped.
nb::object run_and_listen(const std::function<void(const Watch&)>& work,
                          const Listeners& listeners);

/// Runs `work` likewise, without listeners, and raises the exception of a signal handler. The work
/// ends where the library calls end_if_stopped().
void run_until_signal(const std::function<void()>& work);

}  // namespace lrscape::python
