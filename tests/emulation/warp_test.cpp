#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "emulation/launches.hpp"

namespace lrscape::emulation {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST(CudaEmulation, ShufflesInGroupsOfTheWidthGiven) {
  // Derived by hand from the PTX ISA's pseudocode of shfl.sync, for the second group of eight
  // lanes.
  const auto second_group = [](const auto& shuffle) {
    const std::vector<int> all =
        results<int>(32, [&] { return shuffle(static_cast<int>(threadIdx.x)); });
    return std::vector<int>(all.begin() + 8, all.begin() + 16);
  };
  EXPECT_THAT(second_group([](int v) { return __shfl_up_sync(full_mask, v, 3, 8); }),
              ElementsAre(8, 9, 10, 8, 9, 10, 11, 12));
  EXPECT_THAT(second_group([](int v) { return __shfl_down_sync(full_mask, v, 3, 8); }),
              ElementsAre(11, 12, 13, 14, 15, 13, 14, 15));
  EXPECT_THAT(second_group([](int v) { return __shfl_xor_sync(full_mask, v, 5, 8); }),
              ElementsAre(13, 12, 15, 14, 9, 8, 11, 10));
  EXPECT_THAT(second_group([](int v) { return __shfl_sync(full_mask, v, 11, 8); }), Each(11));
  EXPECT_THAT(second_group([](int v) { return __shfl_sync(full_mask, v, -2, 8); }), Each(14));
  // A lane of an earlier group can be read, one of a later group cannot.
  EXPECT_THAT(second_group([](int v) { return __shfl_xor_sync(full_mask, v, 9, 8); }),
              ElementsAre(1, 0, 3, 2, 5, 4, 7, 6));
  EXPECT_THAT(second_group([](int v) { return __shfl_xor_sync(full_mask, v, 17, 8); }),
              ElementsAre(8, 9, 10, 11, 12, 13, 14, 15));
  EXPECT_THAT(second_group([](int v) { return __shfl_down_sync(full_mask, v, 20); }),
              ElementsAre(28, 29, 30, 31, 12, 13, 14, 15));
}

TEST(CudaEmulation, ShufflesEveryTypeWithoutChangingABit) {
  const auto from_lane_1 = [](auto value) {
    using T = decltype(value);
    return results<T>(2,
                      [=] { return __shfl_xor_sync(0x3U, threadIdx.x == 1 ? value : T{}, 1); })[0];
  };
  EXPECT_EQ(from_lane_1(0.1), 0.1);
  EXPECT_EQ(from_lane_1(0.1F), 0.1F);
  EXPECT_EQ(from_lane_1(-7), -7);
  EXPECT_EQ(from_lane_1(0xFFFFFFFEU), 0xFFFFFFFEU);
}

TEST(CudaEmulation, LetsPartsOfAWarpMeetOnTheirOwn) {
  // The upper half shuffles three times, the lower half once, at the same line.
  for (const Schedule& schedule : schedules) {
    const std::vector<int> sums = results<int>(
        32,
        [] {
          const bool upper = threadIdx.x >= 16;
          int value = 1;
          for (int round = 0; round < (upper ? 3 : 1); ++round) {
            value += __shfl_xor_sync(upper ? 0xFFFF0000U : 0x0000FFFFU, value, 1);
          }
          return value;
        },
        schedule);
    EXPECT_EQ(sums[0], 2);
    EXPECT_EQ(sums[31], 8);
  }
}

TEST(CudaEmulation, VotesAmongTheLanesThatThereAre) {
  const auto lanes = [](const auto& vote) { return results<unsigned>(40, vote); };
  const auto ballots = lanes([] { return __ballot_sync(full_mask, threadIdx.x % 2 == 0); });
  EXPECT_EQ(ballots[0], 0x55555555U);
  EXPECT_EQ(ballots[39], 0x55U);
  const auto any = [](unsigned who) {
    return [=] { return static_cast<unsigned>(__any_sync(full_mask, threadIdx.x == who)); };
  };
  EXPECT_THAT(lanes(any(40)), Each(0U));
  EXPECT_EQ(lanes(any(39))[31], 0U);
  EXPECT_EQ(lanes(any(39))[32], 1U);
  const auto all = [](unsigned who) {
    return [=] { return static_cast<unsigned>(__all_sync(full_mask, threadIdx.x < who)); };
  };
  EXPECT_THAT(lanes(all(40)), Each(1U));
  EXPECT_EQ(lanes(all(39))[31], 1U);
  EXPECT_EQ(lanes(all(39))[32], 0U);
}

}  // namespace
}  // namespace lrscape::emulation
