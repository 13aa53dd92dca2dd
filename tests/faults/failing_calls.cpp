// Preloaded into the program (LD_PRELOAD), makes one system call or allocation fail, and writes a
// log of the calls that touch the files of a result. Calls before main() never count.
//
//     LRSCAPE_FAULT=write:3:28        fails the third call of this kind, counted from 1, with errno
//                                     28
//     LRSCAPE_FAULT=write:3:-15       sends the program signal 15 before this call
//     LRSCAPE_FAULT=write:3:28:stays  fails the later calls as well, like a disk that stays full
//     LRSCAPE_FAULT_FOLDER=PATH       of the calls on files, only those on paths below PATH count
//     LRSCAPE_FAULT_THREADS=N         no more than N threads live at once beside the main thread
//     LRSCAPE_FAULT_LOG=FILE          a line for each call on files: the kind, the path below the
//                                     folder, and "failed" if it was made to fail. A rename has two
//                                     paths. Of the other kinds, the log holds only failed calls.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "fault.hpp"

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

using namespace lrscape::faults;

std::atomic<int> living_threads = 0;
int (*real_main)(int, char**, char**) = nullptr;

template <class... A, class R>
auto next(R (* /*function*/)(A...), const char* name) {
  return reinterpret_cast<R (*)(A...)>(::dlsym(RTLD_NEXT, name));
}

int open_at(int at, const char* path, int flags, mode_t mode) {
  Path below = {};
  const auto where = below_folder(at, path, below);
  if (fails(open_, where)) return -1;
  return opened(static_cast<int>(::syscall(SYS_openat, at, path, flags, mode)), where);
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
}

/// Runs `call` unless the call on this path must fail.
template <class Call>
int on_path(Kind kind, int at, const char* path, const Call& call) {
  Path below = {};
  return fails(kind, below_folder(at, path, below)) ? -1 : call();
}

int rename_at(int from_at, const char* from, int to_at, const char* to, unsigned flags) {
  Path old_path = {};
  Path new_path = {};
  const auto below = below_folder(from_at, from, old_path);
  if (fails(rename_, below, below_folder(to_at, to, new_path))) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, from_at, from, to_at, to, flags));
}

bool memory_fails() {
  if (!main_runs || !fails(memory)) return false;
  log(memory, "", "", true);
  errno = error();
  return true;
}

struct Start {
  void* (*routine)(void*);
  void* argument;
};

void* run_thread(void* given) {
  const Start start = *static_cast<Start*>(given);
  ::free(given);
  void* const result = start.routine(start.argument);
  --living_threads;
  return result;
}

int run_main(int count, char** arguments, char** environment) {
  main_runs = true;
  const int code = real_main(count, arguments, environment);
  main_runs = false;
  return code;
}

}  // namespace

extern "C" {

int __libc_start_main(int (*main)(int, char**, char**), int count, char** arguments,
                      void (*begin)(), void (*end)(), void (*loader_end)(), void* stack_end) {
  prepare();
  real_main = main;
  return next(__libc_start_main, "__libc_start_main")(run_main, count, arguments, begin, end,
                                                      loader_end, stack_end);
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_at(AT_FDCWD, path, flags, mode);
}

int openat(int at, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_at(at, path, flags, mode);
}

int open64(const char* path, int flags, ...) __attribute__((alias("open")));
int openat64(int at, const char* path, int flags, ...) __attribute__((alias("openat")));

ssize_t read(int fd, void* bytes, std::size_t size) {
  return fails(read_, path_of(fd)) ? -1 : ::syscall(SYS_read, fd, bytes, size);
}

ssize_t write(int fd, const void* bytes, std::size_t size) {
  return fails(write_, path_of(fd)) ? -1 : ::syscall(SYS_write, fd, bytes, size);
}

int fsync(int fd) {
  return fails(fsync_, path_of(fd)) ? -1 : static_cast<int>(::syscall(SYS_fsync, fd));
}

int fdatasync(int fd) {
  return fails(fsync_, path_of(fd)) ? -1 : static_cast<int>(::syscall(SYS_fdatasync, fd));
}

/// Closes the descriptor even if it fails, as Linux does.
int close(int fd) {
  const bool failed = fails(close_, path_of(fd));
  opened(fd, "");
  const int error = errno;
  const auto result = static_cast<int>(::syscall(SYS_close, fd));
  if (!failed) return result;
  errno = error;
  return -1;
}

int rename(const char* from, const char* to) { return rename_at(AT_FDCWD, from, AT_FDCWD, to, 0); }

int renameat(int from_at, const char* from, int to_at, const char* to) {
  return rename_at(from_at, from, to_at, to, 0);
}

int renameat2(int from_at, const char* from, int to_at, const char* to, unsigned flags) {
  return rename_at(from_at, from, to_at, to, flags);
}

int mkdir(const char* path, mode_t mode) { return ::mkdirat(AT_FDCWD, path, mode); }

int mkdirat(int at, const char* path, mode_t mode) {
  return on_path(mkdir_, at, path,
                 [&] { return static_cast<int>(::syscall(SYS_mkdirat, at, path, mode)); });
}

int unlinkat(int at, const char* path, int flags) {
  return on_path(remove_, at, path,
                 [&] { return static_cast<int>(::syscall(SYS_unlinkat, at, path, flags)); });
}

int unlink(const char* path) { return ::unlinkat(AT_FDCWD, path, 0); }

int rmdir(const char* path) { return ::unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int remove(const char* path) {
  return on_path(remove_, AT_FDCWD, path, [&] { return next(remove, "remove")(path); });
}

int stat(const char* path, struct stat* status) {
  return on_path(stat_, AT_FDCWD, path, [&] { return next(::stat, "stat")(path, status); });
}

int lstat(const char* path, struct stat* status) {
  return on_path(stat_, AT_FDCWD, path, [&] { return next(::lstat, "lstat")(path, status); });
}

DIR* opendir(const char* path) {
  Path below = {};
  if (fails(open_, below_folder(AT_FDCWD, path, below))) return nullptr;
  DIR* const stream = next(opendir, "opendir")(path);
  if (stream != nullptr) opened(::dirfd(stream), below.data());
  return stream;
}

dirent* readdir(DIR* stream) {
  return fails(list_, path_of(::dirfd(stream))) ? nullptr : next(readdir, "readdir")(stream);
}

int closedir(DIR* stream) {
  opened(::dirfd(stream), "");
  return next(closedir, "closedir")(stream);
}

void* malloc(std::size_t size) { return memory_fails() ? nullptr : __libc_malloc(size); }

void* calloc(std::size_t count, std::size_t size) {
  return memory_fails() ? nullptr : __libc_calloc(count, size);
}

void* realloc(void* old, std::size_t size) {
  return memory_fails() ? nullptr : __libc_realloc(old, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return memory_fails() ? nullptr : __libc_memalign(alignment, size);
}

int posix_memalign(void** result, std::size_t alignment, std::size_t size) {
  if (memory_fails()) return error();
  *result = __libc_memalign(alignment, size);
  return *result != nullptr ? 0 : ENOMEM;
}

int pthread_create(pthread_t* result, const pthread_attr_t* attributes, void* (*routine)(void*),
                   void* argument) {
  const bool too_many = !allows_thread(living_threads);
  if (fails(thread) || too_many) {
    log(thread, "", "", true);
    return too_many ? EAGAIN : error();
  }
  void* const start = __libc_malloc(sizeof(Start));
  *static_cast<Start*>(start) = {routine, argument};
  ++living_threads;
  const int error = next(pthread_create, "pthread_create")(result, attributes, run_thread, start);
  if (error != 0) {
    --living_threads;
    ::free(start);
  }
  return error;
}

}  // extern "C"
