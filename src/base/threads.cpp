#include "base/threads.hpp"

#include <fmt/format.h>
#include <omp.h>

#include "lrscape/error.hpp"

namespace lrscape {

int cpu_threads() { return omp_get_num_procs(); }

int threads_to_use(int wanted) {
  constexpr int most_threads = 1024;
  if (wanted < 0 || wanted > most_threads)
    throw InputError(fmt::format("threads must be from 1 to {}, or 0 for every core, not {}",
                                 most_threads, wanted));
  return wanted > 0 ? wanted : cpu_threads();
}

}  // namespace lrscape
