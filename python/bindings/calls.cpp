#include "calls.hpp"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace lrscape::python {
namespace {

std::atomic<int> active = 0;  ///< calls of all threads
std::atomic<bool> ending = false;
std::thread::id ending_thread;
thread_local int depth = 0;  ///< calls of this thread

/// Stops the calls of all other threads and waits for them.
void end_calls() {
  ending_thread = std::this_thread::get_id();
  ending = true;
  const nb::gil_scoped_release release;
  while (active > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace

bool Call::must_stop() { return ending && std::this_thread::get_id() != ending_thread; }

Call::Call() {
  if (depth == 0 && must_stop())
    throw std::runtime_error("lrscape cannot start: the interpreter is ending");
  ++depth;
  ++active;
}

Call::~Call() {
  --active;
  --depth;
}

void add_calls(nb::module_& module) {
  // A forked process has one thread.
  pthread_atfork(nullptr, nullptr, [] { active = depth; });
  module.def("_end_calls", &end_calls);
  nb::module_::import_("atexit").attr("register")(module.attr("_end_calls"));
}

}  // namespace lrscape::python
