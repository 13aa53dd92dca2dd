#include "emulation/cuda_emulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "lrscape/error.hpp"

namespace lrscape::emulation {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr unsigned full_mask = 0xFFFFFFFFU;

const std::vector<Schedule> schedules = {{Order::forward},     {Order::reverse},
                                         {Order::shuffled, 1}, {Order::shuffled, 2},
                                         {Order::shuffled, 3}, {Order::shuffled, 4}};

/// The message of the error of type E that `action` throws.
template <class E, class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}

/// The message of the KernelError that one block of `kernel` ends with.
template <class Kernel>
std::string kernel_error(unsigned threads, const Kernel& kernel) {
  return message_of<KernelError>([&] { launch(1, threads, 0, kernel); });
}

/// What each thread of one block returns.
template <class T, class Kernel>
std::vector<T> results(unsigned threads, const Kernel& kernel, const Schedule& schedule = {},
                       std::size_t dynamic_shared_bytes = 0) {
  std::vector<T> values(threads);
  launch(
      1, threads, dynamic_shared_bytes, [&] { values[threadIdx.x] = kernel(); }, schedule);
  return values;
}

// The next two are written as a kernel source is, with every specifier that one may use.

template <class Real>
__device__ __forceinline__ Real warp_sum(Real value, unsigned lanes) {
  const unsigned lane = threadIdx.x % warpSize;
  for (unsigned offset = warpSize / 2; offset > 0; offset /= 2) {
    const bool has_partner = lane + offset < lanes;
    const Real other =
        __shfl_sync(full_mask, value, static_cast<int>(has_partner ? lane + offset : lane));
    if (has_partner) value += other;
  }
  return value;
}

/// The sum of each block's values: warps by shuffles, then the warps' sums in shared memory.
template <class Real>
__global__ void __launch_bounds__(1024)
    block_sum(const Real* __restrict__ values, Real* __restrict__ sums) {
  __shared__ Real warp_sums[32];
  const unsigned warp = threadIdx.x / warpSize;
  const unsigned lanes = std::min(32U, blockDim.x - warp * warpSize);
  const Real sum = warp_sum(__ldg(values + blockIdx.x * blockDim.x + threadIdx.x), lanes);
  if (threadIdx.x % warpSize == 0) warp_sums[warp] = sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    Real total = 0;
    for (unsigned i = 0; i < (blockDim.x + warpSize - 1) / warpSize; ++i) total += warp_sums[i];
    sums[blockIdx.x] = total;
  }
}

/// Block b sums b·n + 1, ..., b·n + n, which is n·(b·n) + n(n+1)/2.
template <class Real>
void expect_block_sums(unsigned n, const Schedule& schedule) {
  std::vector<Real> values(3 * n);
  std::iota(values.begin(), values.end(), Real{1});
  std::vector<Real> sums(3);
  launch(
      3, n, 0, [&] { block_sum(values.data(), sums.data()); }, schedule);
  // Every partial sum is an integer below 2^24, so that every type is exact.
  for (unsigned b = 0; b < 3; ++b) {
    const unsigned expected = n * (b * n) + n * (n + 1) / 2;
    EXPECT_EQ(sums[b], static_cast<Real>(expected)) << n << " threads";
  }
}

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
  // One counter for each coordinate, x fastest.
  std::vector<int> visits(3 * 2 * 2 * 5 * 4 * 2);
  launch(grid, block, 0, [&] {
    EXPECT_EQ(gridDim.x * 100 + gridDim.y * 10 + gridDim.z, 322U);
    EXPECT_EQ(blockDim.x * 100 + blockDim.y * 10 + blockDim.z, 542U);
    const unsigned in_block = threadIdx.x + 5 * (threadIdx.y + 4 * threadIdx.z);
    const unsigned in_grid = blockIdx.x + 3 * (blockIdx.y + 2 * blockIdx.z);
    ++visits.at(in_grid * 40 + in_block);
    // Warps, too, count x fastest: lane 7 is thread (2, 1, 0) or (4, 3, 1).
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

/// Every thread reads what its neighbour wrote, with a barrier in between or without.
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
  // The second warp reads what the first wrote, which forward order alone makes right.
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

TEST(CudaEmulation, ShufflesInGroupsOfTheWidthGiven) {
  // By hand from the pseudocode of shfl.sync in the PTX ISA, for the second group of eight lanes.
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

TEST(CudaEmulation, NamesTheThreadThatReturnsBeforeABarrier) {
  for (const Schedule& schedule : schedules) {
    int line = 0;
    const std::string message = message_of<KernelError>([&] {
      launch(
          {1, 2}, {2, 2}, 0,
          [&] {
            if (blockIdx.y == 1 && threadIdx.x == 0 && threadIdx.y == 1) return;
            line = __LINE__ + 1;
            __syncthreads();
          },
          schedule);
    });
    EXPECT_THAT(message, AllOf(HasSubstr("block (0, 1, 0)"), HasSubstr("returned: (0, 1, 0)"),
                               HasSubstr("waiting in __syncthreads at "),
                               HasSubstr("cuda_emulation_test.cpp:" + std::to_string(line) +
                                         ": (0, 0, 0) to (1, 0, 0), (1, 1, 0)")));
  }
}

TEST(CudaEmulation, RejectsABarrierInEachBranch) {
  const std::string message = kernel_error(3, [] {
    if (threadIdx.x == 1) __syncthreads();
    if (threadIdx.x != 1) __syncthreads();
  });
  EXPECT_THAT(message, AllOf(HasSubstr(": (0, 0, 0), (2, 0, 0)"), HasSubstr(": (1, 0, 0)")));
}

TEST(CudaEmulation, RejectsTwoOperationsAtOneLine) {
  EXPECT_THAT(
      kernel_error(2, [] { threadIdx.x == 0 ? __syncthreads_or(1) : __syncthreads_and(1); }),
      AllOf(HasSubstr("__syncthreads_or at "), HasSubstr("__syncthreads_and at ")));
}

TEST(CudaEmulation, RejectsABarrierWhileAnotherThreadWaitsInAShuffle) {
  const std::string message = kernel_error(2, [] {
    if (threadIdx.x == 0) __syncthreads();
    __syncwarp();
  });
  EXPECT_THAT(message, AllOf(HasSubstr("__syncthreads at "),
                             HasSubstr("__syncwarp with mask 0xffffffff at ")));
}

TEST(CudaEmulation, RejectsAShuffleThatALaneOfItsMaskDoesNotReach) {
  const std::string message = kernel_error(64, [] {
    if (threadIdx.x != 35) __shfl_xor_sync(full_mask, 1.0, 1);
  });
  EXPECT_THAT(message, AllOf(HasSubstr("block (0, 0, 0)"),
                             HasSubstr("returned: (0, 0, 0) to (31, 0, 0), (35, 0, 0);"),
                             HasSubstr("__shfl_xor_sync with mask 0xffffffff at "),
                             HasSubstr(": (32, 0, 0) to (34, 0, 0), (36, 0, 0) to (63, 0, 0);")));
}

TEST(CudaEmulation, RejectsMasksThatDisagree) {
  EXPECT_THAT(kernel_error(2, [] { __syncwarp(threadIdx.x == 0 ? 0x1U : 0x3U); }),
              AllOf(HasSubstr("returned: (0, 0, 0)"), HasSubstr("0x00000003")));
}

TEST(CudaEmulation, RejectsAShuffleOutsideOfItsOwnMask) {
  EXPECT_THAT(kernel_error(4, [] { __shfl_sync(0x7U, 1, 0); }),
              AllOf(HasSubstr("block (0, 0, 0), thread (3, 0, 0)"), HasSubstr("its own lane 3")));
}

TEST(CudaEmulation, RejectsReadingALaneThatDoesNotTakePart) {
  EXPECT_THAT(kernel_error(32,
                           [] {
                             if (threadIdx.x < 8) __shfl_down_sync(0xFFU, 1, 1);
                           }),
              AllOf(HasSubstr("thread (7, 0, 0) reads lane 8"), HasSubstr("__shfl_down_sync")));
  EXPECT_THAT(kernel_error(8, [] { __shfl_sync(full_mask, 1, 9); }),
              HasSubstr("thread (0, 0, 0) reads lane 9"));
}

TEST(CudaEmulation, RejectsAWidthThatIsNoPowerOfTwo) {
  for (const int width : {-1, 0, 3, 64}) {
    EXPECT_THAT(kernel_error(32, [=] { __shfl_sync(full_mask, 1, 0, width); }),
                HasSubstr("a width of " + std::to_string(width)));
  }
}

TEST(CudaEmulation, RejectsWhatACudaDeviceCannotLaunch) {
  const auto error = [](dim3 grid, dim3 block) {
    return message_of<InputError>([&] { launch(grid, block, 0, [] {}); });
  };
  EXPECT_THAT(error(1, {1025}), HasSubstr("(1025, 1, 1) threads cannot be launched"));
  EXPECT_THAT(error(1, {32, 0}), HasSubstr("(32, 0, 1) threads"));
  EXPECT_THAT(error(1, {1, 1, 65}), HasSubstr("at most 64 along z"));
  EXPECT_THAT(error({1, 65536}, 1), HasSubstr("(1, 65536, 1) blocks"));
  EXPECT_THAT(error({0}, 1), HasSubstr("(0, 1, 1) blocks"));
}

TEST(CudaEmulation, RejectsIntrinsicsOutsideOfAKernelAndLaunchesInsideOne) {
  EXPECT_THAT(message_of<KernelError>([] { __syncthreads(); }), HasSubstr("outside of a kernel"));
  EXPECT_THAT(message_of<KernelError>([] { dynamic_shared_memory(); }),
              HasSubstr("outside of a kernel"));
  EXPECT_THAT(kernel_error(1, [] { launch(1, 1, 0, [] {}); }), HasSubstr("launches a kernel"));
}

TEST(CudaEmulation, PassesAnExceptionOnAndUnwindsTheOtherThreads) {
  const auto alive = std::make_shared<int>();
  unsigned last_block = 0;
  for (const Schedule& schedule : schedules) {
    const std::string message = message_of<std::out_of_range>([&] {
      launch(
          3, 70, 0,
          [&] {
            const std::vector<std::shared_ptr<int>> owners(1, alive);
            last_block = blockIdx.x;
            __syncthreads();
            if (blockIdx.x == 1 && threadIdx.x == 33) throw std::out_of_range("planted");
            __syncwarp();  // holds the second warp, the barrier the others
            __syncthreads();
          },
          schedule);
    });
    EXPECT_EQ(message, "planted");
    EXPECT_EQ(alive.use_count(), 1);
    EXPECT_EQ(last_block, 1U);
    expect_block_sums<float>(70, schedule);  // the fibers can be used again
  }
}

TEST(CudaEmulation, PassesTheFirstOfTwoExceptionsOn) {
  const auto kernel = [] {
    if (threadIdx.x == 1) throw std::out_of_range("first");
    try {
      __syncthreads();
    } catch (...) {
      throw std::out_of_range("second");
    }
  };
  EXPECT_EQ(message_of<std::out_of_range>([&] { launch(1, 2, 0, kernel); }), "first");
}

#if defined(__SANITIZE_ADDRESS__)
#define LRSCAPE_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LRSCAPE_ADDRESS_SANITIZER
#endif
#endif

#ifdef LRSCAPE_ADDRESS_SANITIZER

TEST(CudaEmulationDeathTest, OverrunningDynamicSharedMemoryIsCaught) {
  const auto write = [](std::size_t index) {
    launch(1, 64, 100, [=] {
      __syncthreads();
      if (threadIdx.x == 40) dynamic_shared_memory()[index] = 1;
    });
  };
  write(99);
  EXPECT_DEATH(write(100), "heap-buffer-overflow");
}

TEST(CudaEmulationDeathTest, OverrunningAnArrayOfAThreadIsCaughtAfterABarrier) {
  const auto write = [](std::size_t index) {
    launch(1, 64, 0, [=] {
      std::array<unsigned char, 10> local{};
      unsigned char* volatile address = local.data();
      for (int round = 0; round < 3; ++round) __syncthreads();
      if (threadIdx.x == 40) address[index] = 1;
    });
  };
  write(9);
  EXPECT_DEATH(write(10), "stack-buffer-overflow");
}

#endif

}  // namespace
}  // namespace lrscape::emulation
