#include "device/device_choice.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "lrscape/backend.hpp"
#include "lrscape/error.hpp"

namespace lrscape {

std::vector<int> gpus_named(const std::string& device, const std::vector<int>& usable) {
  if (device == "cpu") return {};
  if (device == "auto") return usable;
  const bool indexed = device.starts_with("cuda:");
  std::size_t index = 0;
  const char* const end = device.data() + device.size();
  const auto [stop, error] =
      indexed ? std::from_chars(device.data() + 5, end, index) : std::from_chars_result{end, {}};
  if ((device != "cuda" && !indexed) || error != std::errc() || stop != end) {
    constexpr std::string_view allowed[] = {"auto", "cpu", "cuda"};
    throw InputError(fmt::format("unknown device '{}'{}; allowed: auto, cpu, cuda, cuda:INDEX",
                                 device, did_you_mean(device, allowed)));
  }
  std::vector<int> named = usable;
  if (indexed) std::erase_if(named, [&](int gpu) { return !std::cmp_equal(gpu, index); });
  if (named.empty())
    throw DeviceError(fmt::format(
        "{}: {}; --device cpu works everywhere", device,
        built_with_cuda() ? "no such GPU on this machine, or too old a one (see lrscape devices)"
                          : "this build has no CUDA code"));
  return named;
}

}  // namespace lrscape
