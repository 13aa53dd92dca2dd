#include "cli/stop_signals.hpp"

#include <unistd.h>

#include "cli/application.hpp"
#include "cli/messages.hpp"

namespace lrscape::cli {
namespace {

std::atomic<bool> stop_requested = false;

/// Whether stderr may show a line of progress, which the message then replaces.
bool on_terminal = false;

/// Calls only functions that are safe in a signal handler.
[[noreturn]] void end_at_once(int /*signal*/) {
  if (on_terminal) write_to_stderr("\r\x1b[K");
  write_to_stderr("lrscape: interrupted; rerun the command\n");
  ::_exit(interrupted);
}

void request_stop(int signal) {
  stop_requested = true;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void end_at_stop_signals() {
  on_terminal = ::isatty(STDERR_FILENO) != 0;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    if (std::signal(signal, end_at_once) == SIG_IGN) std::signal(signal, SIG_IGN);
}

StopSignals::StopSignals() {
  for (auto& [signal, handler] : before_)
    handler = std::signal(signal, signal == SIGPIPE ? SIG_IGN : request_stop);
  // A signal that was ignored stays ignored: SIGHUP under nohup, SIGINT in the background of a
  // shell.
  for (const auto& [signal, handler] : before_)
    if (handler == SIG_IGN) std::signal(signal, SIG_IGN);
}

StopSignals::~StopSignals() {
  // After a request to stop, the same signal ends the process without another word.
  for (const auto& [signal, handler] : before_)
    std::signal(signal, stop_requested && handler == end_at_once ? SIG_DFL : handler);
}

const std::atomic<bool>& StopSignals::requested() { return stop_requested; }

}  // namespace lrscape::cli
