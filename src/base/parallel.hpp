#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>

#include "lrscape/stop.hpp"

namespace lrscape {

/// Calls `work(k)` for 0 <= k < count on `threads` threads. If calls throw, rethrows the exception
/// of the smallest k. Throws InterruptedError if a StopScope of the caller requests it.
template <class Work>
void in_parallel(std::int64_t count, int threads, const Work& work) {
  std::exception_ptr thrown;
  std::int64_t thrown_by = count;
  const std::atomic<bool>* const stop = StopScope::current();
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t k = 0; k < count; ++k) try {
      const StopScope scope(stop);
      end_if_stopped();
      work(k);
    } catch (...) {
#pragma omp critical(lrscape_parallel_exception)
      if (k < thrown_by) {
        thrown = std::current_exception();
        thrown_by = k;
      }
    }
  if (thrown) std::rethrow_exception(thrown);
}

/// Calls `work(begin, end)` for the parts of [0, count) on `threads` threads. The parts do not
/// depend on the number of threads.
template <class Work>
void in_parts(std::int64_t count, int threads, const Work& work) {
  constexpr std::int64_t part = 1 << 14;
  in_parallel((count + part - 1) / part, threads,
              [&](std::int64_t k) { work(k * part, std::min(count, (k + 1) * part)); });
}

}  // namespace lrscape
