#pragma once

#include <array>
#include <atomic>
#include <string_view>

/// Which calls of the program fail, and the log of its calls: see failing_calls.cpp. Nothing here
/// allocates, since an allocation may be the call that fails.
namespace lrscape::faults {

enum Kind {
  open_,
  read_,
  write_,
  fsync_,
  rename_,
  mkdir_,
  close_,
  remove_,
  list_,
  stat_,
  memory,
  thread
};

/// Whether main() runs. Calls before and after it do not count.
extern std::atomic<bool> main_runs;

/// Reads the environment. Call it before main().
void prepare();

/// The errno of the calls that fail.
int error();

/// Whether a thread may be started while this many live beside the main thread.
bool allows_thread(int living);

/// Writes a line of the log. `second` is the second path of a rename.
void log(Kind kind, std::string_view path, std::string_view second, bool failed);

/// Counts a call. Returns whether it must fail, with errno set.
bool fails(Kind kind);

/// The same for a call on a file, which it logs. An empty path stands for a file that does not
/// count.
bool fails(Kind kind, std::string_view path, std::string_view second = "");

using Path = std::array<char, 1024>;

/// Writes a path's part below the folder into `below`, or nothing if the path lies elsewhere.
/// Returns what it has written. `at` is a descriptor as for openat().
std::string_view below_folder(int at, const char* path, Path& below);

/// The path of an open descriptor, below the folder; empty if it lies elsewhere.
std::string_view path_of(int fd);

/// Remembers the path of a descriptor, which may be -1. Returns the descriptor.
int opened(int fd, std::string_view below);

}  // namespace lrscape::faults
