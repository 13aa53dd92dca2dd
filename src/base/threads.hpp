#pragma once

namespace lrscape {

/// CPU cores this process may use.
int cpu_threads();

/// Returns `wanted`, or cpu_threads() if `wanted` is 0, or fewer if the system cannot start as
/// many. Throws InputError unless `wanted` is from 0 to 1024 and the system can start as many
/// threads.
int threads_to_use(int wanted);

}  // namespace lrscape
