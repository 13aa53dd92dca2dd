#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "backend/backend_kind.hpp"

namespace lrscape {

/// The device kind->devices()[index].
struct ChosenDevice {
  const BackendKind* kind;
  int index;

  bool operator==(const ChosenDevice&) const = default;
};

/// The usable devices that DeviceOptions::device selects. auto selects all usable devices of the
/// last kind that has any; the name of a kind selects all its usable devices. Throws InputError for
/// an unknown name and DeviceError if no selected device is usable.
std::vector<ChosenDevice> choose_devices(std::string_view device,
                                         std::span<const BackendKind* const> kinds);

/// Likewise among the kinds in this build. Throws DeviceError for a kind that this build lacks.
std::vector<ChosenDevice> choose_devices(std::string_view device);

}  // namespace lrscape
