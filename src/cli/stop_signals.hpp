#pragma once

#include <array>
#include <atomic>
#include <csignal>

namespace lrscape::cli {

/// While it lives, SIGINT, SIGTERM and SIGHUP ask for an orderly end, and a second one ends the
/// process at once; a reader that is gone is no reason to end. There is one at a time.
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
