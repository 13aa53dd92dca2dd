#pragma once

#include <cstdint>
#include <exception>

namespace lrscape {

/// Runs `work(k)` for k < count on several threads. What it throws first, this throws.
template <class Work>
void in_parallel(std::int64_t count, int threads, const Work& work) {
  std::exception_ptr thrown;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t k = 0; k < count; ++k) try {
      work(k);
    } catch (...) {
#pragma omp critical(lrscape_parallel_exception)
      if (!thrown) thrown = std::current_exception();
    }
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace lrscape
