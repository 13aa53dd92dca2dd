#include "fault.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace lrscape::faults {
namespace {

constexpr std::array<std::string_view, 12> names = {"open",   "read",  "write",  "fsync",
                                                    "rename", "mkdir", "close",  "remove",
                                                    "list",   "stat",  "memory", "thread"};

struct Fault {
  int kind = -1;
  long call = 0;
  int error = 0;
  bool stays = false;

  Fault() {
    const char* const given = std::getenv("LRSCAPE_FAULT");
    if (given == nullptr) return;
    const std::string_view text = given;
    for (std::size_t k = 0; k < names.size(); ++k)
      if (text.substr(0, text.find(':')) == names[k]) kind = static_cast<int>(k);
    char* end = nullptr;
    call = std::strtol(given + text.find(':') + 1, &end, 10);
    error = static_cast<int>(std::strtol(end + 1, nullptr, 10));
    stays = text.ends_with(":stays");
  }
};

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

struct State {
  Fault fault;
  std::string_view folder = variable("LRSCAPE_FAULT_FOLDER");
  std::string_view log = variable("LRSCAPE_FAULT_LOG");
  std::string_view most_threads = variable("LRSCAPE_FAULT_THREADS");
  std::array<std::atomic<long>, names.size()> calls = {};
  std::array<Path, 1024> paths = {};  ///< of open descriptors; empty for files elsewhere
};

State& state() {
  static State one;
  return one;
}

bool is_descriptor(int fd) {
  return fd >= 0 && static_cast<std::size_t>(fd) < state().paths.size();
}

}  // namespace

std::atomic<bool> main_runs = false;

void prepare() { state(); }

int error() { return state().fault.error; }

bool allows_thread(int living) {
  const State& s = state();
  return s.most_threads.empty() || living < std::atoi(s.most_threads.data());
}

void log(Kind kind, std::string_view path, std::string_view second, bool failed) {
  const State& s = state();
  if (s.log.empty()) return;
  std::array<char, 2 * sizeof(Path) + 64> line = {};
  const int length =
      std::snprintf(line.data(), line.size(), "%s %.*s%s%.*s%s\n", names[kind].data(),
                    static_cast<int>(path.size()), path.data(), second.empty() ? "" : " ",
                    static_cast<int>(second.size()), second.data(), failed ? " failed" : "");
  const long file =
      ::syscall(SYS_openat, AT_FDCWD, s.log.data(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (file < 0) return;
  ::syscall(SYS_write, file, line.data(), length);
  ::syscall(SYS_close, file);
}

bool fails(Kind kind) {
  State& s = state();
  const long call = ++s.calls[kind];
  if (s.fault.kind != kind || call < s.fault.call || (call > s.fault.call && !s.fault.stays))
    return false;
  if (s.fault.error < 0) {
    log(kind, "", "", true);
    ::raise(-s.fault.error);
    return false;
  }
  errno = s.fault.error;
  return true;
}

bool fails(Kind kind, std::string_view path, std::string_view second) {
  if (!main_runs || path.empty()) return false;
  const bool failed = fails(kind);
  const int error = errno;
  log(kind, path, second, failed);
  errno = error;
  return failed;
}

std::string_view path_of(int fd) {
  return is_descriptor(fd) ? state().paths[static_cast<std::size_t>(fd)].data() : "";
}

std::string_view below_folder(int at, const char* path, Path& below) {
  below[0] = '\0';
  const State& s = state();
  if (s.folder.empty() || path == nullptr) return "";
  Path whole = {};
  if (path[0] == '/') {
    std::snprintf(whole.data(), whole.size(), "%s", path);
  } else if (at == AT_FDCWD) {
    Path here = {};
    if (::syscall(SYS_getcwd, here.data(), here.size()) < 0) return "";
    std::snprintf(whole.data(), whole.size(), "%.*s/%s", 500, here.data(), path);
  } else {
    if (path_of(at).empty()) return "";
    std::snprintf(below.data(), below.size(), "%.*s/%s", 500, path_of(at).data(), path);
    return below.data();
  }
  const std::string_view all = whole.data();
  if (!all.starts_with(s.folder)) return "";
  // The folder itself is ".".
  const auto rest = all.substr(s.folder.size());
  if (!rest.empty() && rest[0] != '/') return "";
  std::snprintf(below.data(), below.size(), "%s", rest.size() < 2 ? "." : rest.data() + 1);
  return below.data();
}

int opened(int fd, std::string_view below) {
  if (is_descriptor(fd)) {
    Path& path = state().paths[static_cast<std::size_t>(fd)];
    path[below.copy(path.data(), path.size() - 1)] = '\0';
  }
  return fd;
}

}  // namespace lrscape::faults
