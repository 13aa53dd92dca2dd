#pragma once

#include "backend/backend_kind.hpp"

namespace lrscape::cpu {

/// The CPU backend: trains tiles in SIMD lanes, on several cores.
extern const BackendKind kind;

// The functions of `kind`: see BackendKind.

std::unique_ptr<Backend> make_backend(const PreparedSweep& prepared, int index,
                                      const DeviceOptions& options);
std::unique_ptr<BoundBackend> make_bounds(int index, const DeviceOptions& options);
double measured_fma_peak(int index, const DeviceOptions& options, Precision precision);

}  // namespace lrscape::cpu
