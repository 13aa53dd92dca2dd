#include "device/device_choice.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "lrscape/error.hpp"

namespace lrscape::test {
namespace {

/// Backend kinds with the given usable devices, in place of this machine's.
template <int... Usable>
constexpr BackendKind gpus_kind = {
    "cuda", true, nullptr, [] { return std::vector<int>{Usable...}; }, nullptr, nullptr, nullptr};
constexpr BackendKind cpu_kind = {"cpu",   false,   nullptr, [] { return std::vector<int>{0}; },
                                  nullptr, nullptr, nullptr};

/// Kinds and indices of the chosen devices, such as "cpu:0 cuda:2".
template <int... Usable>
std::string chosen(std::string_view device) {
  const BackendKind* const kinds[] = {&cpu_kind, &gpus_kind<Usable...>};
  std::string text;
  for (const auto& [kind, index] : choose_devices(device, kinds))
    text += (text.empty() ? "" : " ") + std::string(kind->name) + ":" + std::to_string(index);
  return text;
}

TEST(DeviceChoice, TakesEveryUsableGpuUnlessOneIsNamed) {
  EXPECT_EQ((chosen<0, 1, 2>("auto")), "cuda:0 cuda:1 cuda:2");
  EXPECT_EQ((chosen<0, 2>("cuda")), "cuda:0 cuda:2");
  EXPECT_EQ((chosen<0, 1, 2>("cuda:0")), "cuda:0");
  EXPECT_EQ((chosen<0, 2>("cuda:2")), "cuda:2");
  EXPECT_EQ((chosen<0, 1, 2>("cpu")), "cpu:0");
  EXPECT_EQ((chosen<>("auto")), "cpu:0");
}

TEST(DeviceChoice, RefusesWhatIsNotThereAndWhatIsNoDevice) {
  EXPECT_THROW((chosen<>("cuda")), DeviceError);
  EXPECT_THROW((chosen<0, 1, 2>("cuda:3")), DeviceError);
  EXPECT_THROW((chosen<0, 2>("cuda:1")), DeviceError);
  for (const std::string device :
       {"", "gpu", "cuda:", "cuda:-1", "cuda:1x", "cuda1", "CUDA", "cpu:0", "cpu:"})
    EXPECT_THROW((chosen<0>(device)), InputError) << device;
}

}  // namespace
}  // namespace lrscape::test
