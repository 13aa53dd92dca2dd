#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "backend/bound_backend.hpp"
#include "lrscape/backend.hpp"
#include "lrscape/device.hpp"
#include "lrscape/prepared_sweep.hpp"

namespace lrscape {

/// What a room with a backend provides. The list of all is in src/device/backend_kinds.cpp.
struct BackendKind {
  /// The name of its devices in DeviceOptions::device.
  std::string_view name;
  /// Whether an index follows the name: cuda:0.
  bool numbered;

  std::vector<DeviceInfo> (*devices)();
  /// Places in devices() of those that can do work. May start a driver.
  std::vector<int> (*usable)();

  /// On the device at that place. See lrscape::make_backend.
  std::unique_ptr<Backend> (*backend)(const PreparedSweep&, int index, const DeviceOptions&);
  std::unique_ptr<BoundBackend> (*bounds)(int index, const DeviceOptions&);
  /// Multiply-adds a second, of register contents, if the device does nothing else.
  double (*fma_peak)(int index, const DeviceOptions&, Precision);
};

}  // namespace lrscape
