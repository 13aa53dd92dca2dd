#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "backend/backend_kind.hpp"

namespace lrscape {

/// One device of a kind: the place in its devices().
struct ChosenDevice {
  const BackendKind* kind;
  int index;

  bool operator==(const ChosenDevice&) const = default;
};

/// The devices that DeviceOptions::device names, of those that can do work: for auto all of the last kind that has
/// any, for a kind all of it. Throws InputError for an unknown device, DeviceError for one that is not there.
std::vector<ChosenDevice> choose_devices(std::string_view device,
                                         std::span<const BackendKind* const> kinds);

/// Of the kinds in this build.
std::vector<ChosenDevice> choose_devices(std::string_view device);

}  // namespace lrscape
