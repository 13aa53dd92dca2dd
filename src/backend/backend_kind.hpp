#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "backend/bound_backend.hpp"
#include "lrscape/backend.hpp"
#include "lrscape/device.hpp"
#include "lrscape/prepared_sweep.hpp"

namespace lrscape {

/// The interface that each kind of backend (CPU, CUDA) provides. src/device/backend_kinds.cpp lists
/// all kinds.
struct BackendKind {
  /// The name of the devices in DeviceOptions::device, such as cuda.
  std::string_view name;
  /// Whether an index may follow the name: cuda:0.
  bool numbered;

  std::vector<DeviceInfo> (*devices)();
  /// Indices into devices() of the usable devices. May start a driver.
  std::vector<int> (*usable)();

  /// Creates a backend for devices()[index]. See lrscape::make_backend.
  std::unique_ptr<Backend> (*backend)(const PreparedSweep&, int index, const DeviceOptions&);
  std::unique_ptr<BoundBackend> (*bounds)(int index, const DeviceOptions&);
  /// Peak rate on registers, in multiply-adds per second, if the device does nothing else.
  double (*fma_peak)(int index, const DeviceOptions&, Precision);
};

}  // namespace lrscape
