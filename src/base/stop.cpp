#include "lrscape/stop.hpp"

#include "lrscape/error.hpp"

namespace lrscape {
namespace {

thread_local const std::atomic<bool>* innermost = nullptr;

}  // namespace

StopScope::StopScope(const std::atomic<bool>* stop) : outer_(innermost) { innermost = stop; }

StopScope::~StopScope() { innermost = outer_; }

const std::atomic<bool>* StopScope::current() { return innermost; }

void end_if_stopped() {
  if (innermost != nullptr && *innermost) throw InterruptedError("interrupted");
}

}  // namespace lrscape
