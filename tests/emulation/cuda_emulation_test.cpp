#include "emulation/cuda_emulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "emulation/launches.hpp"
#include "lrscape/error.hpp"

// Tests which kernels the emulation rejects; block_test.cpp and warp_test.cpp test valid kernels.

namespace lrscape::emulation {
namespace {

using testing::AllOf;
using testing::HasSubstr;

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
            __syncwarp();  // the second warp waits here, the others below
            __syncthreads();
          },
          schedule);
    });
    EXPECT_EQ(message, "planted");
    EXPECT_EQ(alive.use_count(), 1);
    EXPECT_EQ(last_block, 1U);
    expect_block_sums<float>(70, schedule);  // the fibers are reusable
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
