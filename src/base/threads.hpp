#pragma once

namespace lrscape {

/// CPU cores this process may use.
int cpu_threads();

/// Returns `wanted`, or cpu_threads() if `wanted` is 0. Throws InputError unless `wanted` is from 0
/// to 1024.
int threads_to_use(int wanted);

}  // namespace lrscape
