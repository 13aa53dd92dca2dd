#pragma once

#include <memory>

#include "lrscape/backend.hpp"

namespace lrscape::cpu {

/// Runs tiles of lanes on every core. See lrscape::make_backend.
std::unique_ptr<Backend> make_backend(const PreparedSweep& prepared, const DeviceOptions& options);

/// Multiply-adds a second, of register contents, on options.threads threads at once.
double measured_fma_peak(const DeviceOptions& options, Precision precision);

}  // namespace lrscape::cpu
