#include "fast_math.hpp"

#include <gtest/gtest.h>

#include "awkward_sweep.hpp"
#include "backends.hpp"
#include "lrscape/error.hpp"

namespace lrscape::test {
namespace {

TEST(FastMath, ChangesNothingOnTheCpu) {
  Sweep sweep = default_map(2);
  sweep.epochs = 2;
  const auto cpu = every_backend().front();
  const auto fast = run(sweep, cpu);
  sweep.math = MathMode::reproducible;
  expect_same_bits(fast, run(sweep, cpu), "fast math on the CPU");
}

TEST(FastMath, IsNearDoublePrecisionOverTheDefaultMapOnAGpu) {
  const auto gpu = gpu_backend();
  if (!gpu) GTEST_SKIP() << "no GPU here";
  for (const std::int64_t batch : {20, 100}) {  // Kept in shared memory, and read twice.
    Sweep sweep = default_map(48);
    sweep.seeds = 2;
    sweep.batch_size = batch;
    const auto fast = run(sweep, *gpu);
    sweep.math = MathMode::reproducible;
    const auto fp32 = run(sweep, *gpu);
    sweep.precision = Precision::fp64;
    const auto compared = compare_fast_math(fast, fp32, run(sweep, *gpu));
    // Single precision itself has nearly all of the map to 2e-5 where it does not diverge.
    EXPECT_LE(compared.worst, 1e-4) << batch;
    EXPECT_GT(compared.stable, 48U * 48U) << batch;
    // The rim of the diverged set: a cell a row of the map.
    EXPECT_LE(compared.differently_ended, 2U * 48U) << batch;
  }
}

TEST(FastMath, IsNearDoublePrecisionForEveryOptimizerOnAGpu) {
  const auto gpu = gpu_backend();
  if (!gpu) GTEST_SKIP() << "no GPU here";
  Sweep sweep = awkward_sweep(Precision::fp32);
  sweep.learning_rates = {1e-4, 1e-3, 1e5};
  sweep.weight_decays = {0, 0.1};
  sweep.schedule = parse_schedule("cosine");
  sweep.gram = GramChoice::off;
  const auto cpu = every_backend().front();
  // Batches that are kept in shared memory, and such as are read twice.
  for (const std::int64_t batch : {8, 20, 29, 37}) {
    sweep.batch_size = batch;
    sweep.precision = Precision::fp32;
    sweep.math = MathMode::fast;
    const auto fast = run(sweep, *gpu);
    sweep.math = MathMode::reproducible;
    const auto fp32 = run(sweep, cpu);
    sweep.precision = Precision::fp64;
    const auto compared = compare_fast_math(fast, fp32, run(sweep, cpu));
    EXPECT_LE(compared.worst, 1e-4) << batch;
    EXPECT_GT(compared.stable, 20U) << batch;
    EXPECT_EQ(compared.differently_ended, 0U) << batch;
  }
}

TEST(FastMath, IsRefusedForDoublePrecision) {
  Sweep sweep = default_map(2);
  sweep.precision = Precision::fp64;
  EXPECT_THROW(check(sweep), InputError);
}

}  // namespace
}  // namespace lrscape::test
