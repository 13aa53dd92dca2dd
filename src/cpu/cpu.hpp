#pragma once

#include "backend/backend_kind.hpp"

namespace lrscape::cpu {

/// Runs tiles of SIMD lanes on every core.
extern const BackendKind kind;

// What `kind` consists of: see BackendKind.

std::unique_ptr<Backend> make_backend(const PreparedSweep& prepared, int index,
                                      const DeviceOptions& options);
std::unique_ptr<BoundBackend> make_bounds(int index, const DeviceOptions& options);
double measured_fma_peak(int index, const DeviceOptions& options, Precision precision);

}  // namespace lrscape::cpu
