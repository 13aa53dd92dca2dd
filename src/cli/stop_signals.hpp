#pragma once

#include <array>
#include <atomic>
#include <csignal>

namespace lrscape::cli {

/// From now on, SIGINT, SIGTERM and SIGHUP end the program at once, with a message and the exit
/// code of interrupted work, unless they were ignored.
void end_at_stop_signals();

/// During its lifetime, SIGINT, SIGTERM and SIGHUP request an orderly end; the same signal again
/// ends the process at once. SIGPIPE is ignored, so that a closed pipe does not end the work. Only
/// one StopSignals may exist at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  static const std::atomic<bool>& requested();

 private:
  struct Before {
    int signal;
    void (*handler)(int);
  };
  std::array<Before, 4> before_ = {
      {{SIGINT, nullptr}, {SIGTERM, nullptr}, {SIGHUP, nullptr}, {SIGPIPE, nullptr}}};
};

}  // namespace lrscape::cli
