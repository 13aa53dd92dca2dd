#pragma once

namespace lrscape {

/// CPU cores this process may use.
int cpu_threads();

/// The threads that are asked for: from 1 to 1024, or 0 for every core. Throws InputError for others.
int threads_to_use(int wanted);

}  // namespace lrscape
