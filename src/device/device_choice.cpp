#include "device/device_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "base/text.hpp"
#include "device/backend_kinds.hpp"
#include "lrscape/error.hpp"

namespace lrscape {
namespace {

constexpr std::string_view automatic = "auto";

std::vector<ChosenDevice> all_of(const BackendKind& kind) {
  std::vector<ChosenDevice> all;
  for (const int index : kind.usable()) all.push_back({&kind, index});
  return all;
}

/// A parsed device name: all devices of a kind, "cuda", or one device, "cuda:1".
struct Named {
  std::optional<int> index;
};

std::optional<Named> named(std::string_view device, std::string_view kind, bool numbered) {
  if (device == kind) return Named{};
  if (!numbered || !device.starts_with(kind)) return std::nullopt;
  device.remove_prefix(kind.size());
  if (!device.starts_with(':')) return std::nullopt;
  device.remove_prefix(1);
  int index = 0;
  const char* const end = device.data() + device.size();
  const auto [stop, error] = std::from_chars(device.data(), end, index);
  if (error != std::errc() || stop != end || index < 0) return std::nullopt;
  return Named{index};
}

[[noreturn]] void refuse(std::string_view device, std::span<const BackendKind* const> kinds) {
  std::vector<std::string_view> names = {automatic};
  std::string allowed(automatic);
  const auto add = [&](std::string_view name, bool numbered) {
    names.push_back(name);
    allowed += fmt::format(", {}", name);
    if (numbered) allowed += fmt::format(", {}:INDEX", name);
  };
  for (const BackendKind* kind : kinds) add(kind->name, kind->numbered);
  for (const MissingKind& kind : missing_kinds()) add(kind.name, kind.numbered);
  // Nearer to cpu by its letters.
  const bool is_cuda = device.starts_with("gpu") || device.starts_with("GPU");
  throw InputError(fmt::format("unknown device '{}'{}; allowed: {}", device,
                               is_cuda ? "; did you mean cuda?" : did_you_mean(device, names),
                               allowed));
}

}  // namespace

std::vector<ChosenDevice> choose_devices(std::string_view device,
                                         std::span<const BackendKind* const> kinds) {
  if (device == automatic) {
    std::vector<ChosenDevice> chosen;
    for (std::size_t k = kinds.size(); k > 0 && chosen.empty(); --k) chosen = all_of(*kinds[k - 1]);
    return chosen;
  }
  for (const BackendKind* kind : kinds) {
    const auto name = named(device, kind->name, kind->numbered);
    if (!name) continue;
    std::vector<ChosenDevice> chosen = all_of(*kind);
    if (name->index)
      std::erase_if(chosen, [&](const ChosenDevice& one) { return one.index != *name->index; });
    if (chosen.empty())
      throw DeviceError(
          fmt::format("{}: this machine has no such GPU, or the GPU is too old", device),
          Remedy::cpu_or_other_gpu);
    return chosen;
  }
  refuse(device, kinds);
}

std::vector<ChosenDevice> choose_devices(std::string_view device) {
  for (const MissingKind& kind : missing_kinds())
    if (named(device, kind.name, kind.numbered))
      throw DeviceError(fmt::format("{}: this build has no {} code", device, kind.title),
                        Remedy::cpu);
  return choose_devices(device, backend_kinds());
}

}  // namespace lrscape
