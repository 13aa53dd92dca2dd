#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "emulation/launches.hpp"

namespace lrscape::emulation {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST(CudaEmulation, SumsABlockByShufflesAndBarriersUnderEverySchedule) {
  for (const unsigned n : {1U, 7U, 32U, 33U, 40U, 100U, 256U, 1000U, 1024U}) {
    for (const Schedule& schedule : schedules) {
      expect_block_sums<float>(n, schedule);
      expect_block_sums<double>(n, schedule);
      expect_block_sums<int>(n, schedule);
    }
  }
}

TEST(CudaEmulation, LetsSeveralHostThreadsLaunchAtOnce) {
  int launches = 0;
  const auto work = [&] {
    for (int i = 0; i < 20; ++i) {
      expect_block_sums<float>(100, schedules[static_cast<std::size_t>(i) % schedules.size()]);
      launch(1, 1, 0, [&] { atomicAdd(&launches, 1); });
    }
  };
  std::thread first(work);
  std::thread second(work);
  first.join();
  second.join();
  EXPECT_EQ(launches, 40);
}

TEST(CudaEmulation, PassesAHundredBarriersWithTenThousandThreads) {
  constexpr std::size_t n = 1000;
  std::vector<unsigned> last(10 * n);
  launch(10, n, 2 * n * sizeof(unsigned), [&] {
    auto* const buffers = reinterpret_cast<unsigned*>(dynamic_shared_memory());
    unsigned value = threadIdx.x;
    for (std::size_t round = 0; round < 100; ++round) {
      auto* const buffer = buffers + round % 2 * n;
      buffer[threadIdx.x] = value;
      __syncthreads();
      value = buffer[(threadIdx.x + 1) % n];
    }
    last[blockIdx.x * n + threadIdx.x] = value;
  });
  for (std::size_t i = 0; i < last.size(); ++i) ASSERT_EQ(last[i], (i % n + 100) % n);
}

TEST(CudaEmulation, IndexesGridsAndBlocksInThreeDimensions) {
  const dim3 grid(3, 2, 2);
  const dim3 block(5, 4, 2);
  // One counter per thread of the grid, x fastest.
  std::vector<int> visits(3 * 2 * 2 * 5 * 4 * 2);
  launch(grid, block, 0, [&] {
    EXPECT_EQ(gridDim.x * 100 + gridDim.y * 10 + gridDim.z, 322U);
    EXPECT_EQ(blockDim.x * 100 + blockDim.y * 10 + blockDim.z, 542U);
    const unsigned in_block = threadIdx.x + 5 * (threadIdx.y + 4 * threadIdx.z);
    const unsigned in_grid = blockIdx.x + 3 * (blockIdx.y + 2 * blockIdx.z);
    ++visits.at(in_grid * 40 + in_block);
    // Warps also count x fastest: lane 7 is thread (2, 1, 0) or (4, 3, 1).
    const int seen = __shfl_sync(full_mask, static_cast<int>(threadIdx.x + 10 * threadIdx.y), 7);
    EXPECT_EQ(seen, in_block < 32 ? 12 : 34);
  });
  EXPECT_THAT(visits, Each(1));
}

TEST(CudaEmulation, RunsThreadsAndBlocksInTheOrderAsked) {
  const auto order = [](const Schedule& schedule) {
    std::string events;
    launch(
        2, 64, 0,
        [&] {
          for (int i = 0; i < 2; ++i) {
            if (threadIdx.x % 32 == 5) events += "ABCD"[2 * blockIdx.x + threadIdx.x / 32];
            __syncwarp();
          }
          __syncthreads();
          if (threadIdx.x % 32 == 5) events += "abcd"[2 * blockIdx.x + threadIdx.x / 32];
        },
        schedule);
    return events;
  };
  EXPECT_EQ(order({Order::forward}), "AABBabCCDDcd");
  EXPECT_EQ(order({Order::reverse}), "DDCCdcBBAAba");

  const auto threads = [](const Schedule& schedule) {
    std::vector<unsigned> ranks;
    launch(
        1, 100, 0, [&] { ranks.push_back(threadIdx.x); }, schedule);
    return ranks;
  };
  const std::vector<unsigned> shuffled = threads({Order::shuffled, 1});
  EXPECT_EQ(shuffled, threads({Order::shuffled, 1}));
  EXPECT_NE(shuffled, threads({Order::shuffled, 2}));
  EXPECT_TRUE(std::is_permutation(shuffled.begin(), shuffled.end(), threads({}).begin()));
}

/// Every thread reads its neighbour's value, with or without a barrier in between.
std::vector<unsigned> read_neighbours(bool with_barrier, const Schedule& schedule) {
  return results<unsigned>(
      96,
      [=] {
        auto* const shared = reinterpret_cast<unsigned*>(dynamic_shared_memory());
        shared[threadIdx.x] = threadIdx.x;
        if (with_barrier) __syncthreads();
        return shared[(threadIdx.x + 1) % 96];
      },
      schedule, 96 * sizeof(unsigned));
}

TEST(CudaEmulation, ShowsAMissingBarrierByAnotherResultUnderAnotherSchedule) {
  std::vector<unsigned> expected(96);
  std::iota(expected.begin(), expected.end(), 1);
  expected.back() = 0;
  for (const Schedule& schedule : schedules) {
    EXPECT_EQ(read_neighbours(true, schedule), expected);
    EXPECT_NE(read_neighbours(false, schedule), expected);
  }
  EXPECT_NE(read_neighbours(false, {Order::forward}), read_neighbours(false, {Order::reverse}));
  EXPECT_NE(read_neighbours(false, {Order::shuffled, 1}),
            read_neighbours(false, {Order::shuffled, 2}));
}

TEST(CudaEmulation, ShowsAWarpBarrierWhereTheBlockNeedsOne) {
  // The second warp reads the values of the first, which is correct only in forward order.
  const auto second_warp_sees = [](const Schedule& schedule) {
    return results<unsigned>(
        64,
        [] {
          auto* const shared = reinterpret_cast<unsigned*>(dynamic_shared_memory());
          if (threadIdx.x < 32) shared[threadIdx.x] = threadIdx.x;
          __syncwarp();
          return shared[threadIdx.x % 32];
        },
        schedule, 32 * sizeof(unsigned))[40];
  };
  EXPECT_EQ(second_warp_sees({Order::forward}), 8U);
  EXPECT_EQ(second_warp_sees({Order::reverse}), full_mask);
}

TEST(CudaEmulation, VotesAmongTheThreadsOfABlock) {
  const auto block = [](const auto& vote) { return results<int>(40, vote); };
  EXPECT_THAT(block([] { return __syncthreads_count(threadIdx.x % 4 == 0 ? 5 : 0); }), Each(10));
  EXPECT_THAT(block([] { return __syncthreads_or(threadIdx.x == 39 ? 4 : 0); }), Each(1));
  EXPECT_THAT(block([] { return __syncthreads_or(0); }), Each(0));
  EXPECT_THAT(block([] { return __syncthreads_and(threadIdx.x == 39 ? 0 : 1); }), Each(0));
  EXPECT_THAT(block([] { return __syncthreads_and(2); }), Each(1));
}

TEST(CudaEmulation, AddsAtomicallyAndReturnsTheOldValue) {
  unsigned total = 5;
  std::vector<unsigned> old = results<unsigned>(4, [&] { return atomicAdd(&total, 2U); });
  EXPECT_THAT(old, ElementsAre(5, 7, 9, 11));
  EXPECT_EQ(total, 13U);
}

TEST(CudaEmulation, PoisonsDynamicSharedMemoryBeforeEveryBlock) {
  std::vector<unsigned char> seen;
  launch(2, 1, 37, [&] {
    unsigned char* const memory = dynamic_shared_memory();
    seen.insert(seen.end(), memory, memory + 37);
    std::fill(memory, memory + 37, static_cast<unsigned char>(0));
  });
  EXPECT_EQ(seen.size(), 2U * 37);
  EXPECT_THAT(seen, Each(0xFF));
}

}  // namespace
}  // namespace lrscape::emulation
