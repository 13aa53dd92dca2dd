#include "base/threads.hpp"

#include <fmt/format.h>
#include <omp.h>

#include <atomic>
#include <cctype>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "lrscape/error.hpp"

namespace lrscape {
namespace {

/// Starts threads until `wanted` live at once, the calling one included, or the system refuses
/// another. Returns their number.
int start_threads(int wanted) {
  std::atomic<bool> may_end = false;
  std::vector<std::jthread> threads;
  struct Release {
    std::atomic<bool>& may_end;
    ~Release() {
      may_end = true;
      may_end.notify_all();
    }
  };
  const Release release = {may_end};  // Before the threads are joined.
  try {
    while (std::ssize(threads) + 1 < wanted)
      threads.emplace_back([&may_end] { may_end.wait(false); });
  } catch (const std::system_error&) {  // The limit is found.
  }
  return static_cast<int>(std::ssize(threads)) + 1;
}

/// Throws InputError if the environment gives OpenMP's threads too small a stack, on which they
/// would end in a segmentation fault.
void check_stack_size() {
  constexpr double least_kibibytes = 256;
  for (const char* const name : {"OMP_STACKSIZE", "GOMP_STACKSIZE"}) {
    const char* const text = std::getenv(name);
    if (text == nullptr) continue;
    // A number of kibibytes, or with a unit: B, K, M or G. The runtime ignores anything else.
    char* end = nullptr;
    double size = std::strtod(text, &end);
    while (std::isspace(static_cast<unsigned char>(*end)) != 0) ++end;
    constexpr std::string_view units = "KBMG";
    constexpr double kibibytes[] = {1, 1.0 / 1024, 1024, 1024.0 * 1024};
    if (*end != '\0') {
      const auto unit =
          units.find(static_cast<char>(std::toupper(static_cast<unsigned char>(*end))));
      if (unit == units.npos || end[1] != '\0') continue;
      size *= kibibytes[unit];
    }
    if (size > 0 && size < least_kibibytes)
      throw InputError(
          fmt::format("{}={} is too small for a thread's stack; unset it or set it to at "
                      "least {}k",
                      name, text, least_kibibytes));
  }
}

/// Lets the OpenMP runtime start its threads. A function of its own: its mere prologue starts the
/// runtime, which a program of one thread does not need.
[[gnu::noinline]] void start_openmp(int threads) {
#pragma omp parallel num_threads(threads)
  {}
}

/// Returns `wanted`, or how many threads can live at once if they are fewer. The OpenMP runtime
/// cannot be asked: it ends the program if it cannot start a thread.
int startable_threads(int wanted) {
  static std::mutex mutex;
  static int started = 1;  ///< the most threads that have lived at once
  const std::lock_guard lock(mutex);
  if (wanted <= started) return wanted;
  started = start_threads(wanted);
  // The runtime takes its threads now, before other programs do.
  start_openmp(started);
  return started;
}

}  // namespace

int cpu_threads() { return omp_get_num_procs(); }

int threads_to_use(int wanted) {
  constexpr int most_threads = 1024;
  if (wanted < 0 || wanted > most_threads)
    throw InputError(fmt::format("threads must be from 1 to {}, or 0 for every core, not {}",
                                 most_threads, wanted));
  check_stack_size();
  if (wanted == 0) return startable_threads(cpu_threads());
  if (const int started = startable_threads(wanted); started < wanted)
    throw InputError(fmt::format("the system could start only {} of {} threads", started, wanted),
                     Remedy::fewer_threads);
  return wanted;
}

}  // namespace lrscape
