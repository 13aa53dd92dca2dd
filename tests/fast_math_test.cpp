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
  const auto fast = train(sweep, cpu);
  sweep.math = MathMode::reproducible;
  expect_same_bits(fast, train(sweep, cpu), "fast math on the CPU");
}

/// Compares a sweep with fast math on a GPU with fp32 and fp64 on the CPU.
FastMathError fast_math_error(Sweep sweep, const DeviceOptions& gpu) {
  const auto fast = train(sweep, gpu);
  const auto cpu = every_backend().front();
  sweep.math = MathMode::reproducible;
  const auto fp32 = train(sweep, cpu);
  sweep.precision = Precision::fp64;
  return compare_fast_math(sweep, fast, fp32, train(sweep, cpu));
}

TEST(FastMath, IsNearDoublePrecisionOverTheDefaultMapOnAGpu) {
  const auto gpu = gpu_backend();
  if (!gpu) GTEST_SKIP() << "no GPU here";
  constexpr std::size_t side = 12;
  for (const std::int64_t batch : {20, 100}) {  // Kept in shared memory; read twice.
    Sweep sweep = default_map(side);
    sweep.batch_size = batch;
    const auto compared = fast_math_error(sweep, *gpu);
    EXPECT_LE(compared.worst, FastMathPromise::error) << batch;
    EXPECT_GT(compared.promised, side * side / 2) << batch;
    // At the edge of the diverged region, one cell per row of the map may differ.
    EXPECT_LE(compared.differently_ended, side) << batch;
  }
}

TEST(FastMath, IsNearDoublePrecisionForEveryOptimizerOnAGpu) {
  const auto gpu = gpu_backend();
  if (!gpu) GTEST_SKIP() << "no GPU here";
  Sweep sweep = awkward_sweep(Precision::fp32);
  sweep.learning_rates = {1e-4, 1e-3, 1e5};
  sweep.weight_decays = {0, 0.1};
  sweep.schedule = parse_schedule("cosine");
  sweep.gram = GramMode::off;
  // Some batches are kept in shared memory, others are read twice.
  for (const std::int64_t batch : {8, 20, 29, 37}) {
    sweep.batch_size = batch;
    sweep.math = MathMode::fast;
    const auto compared = fast_math_error(sweep, *gpu);
    EXPECT_LE(compared.worst, FastMathPromise::error) << batch;
    EXPECT_GT(compared.promised, 20U) << batch;
    EXPECT_EQ(compared.differently_ended, 0U) << batch;
  }
}

TEST(FastMath, IsNearDoublePrecisionWhereLossesPassNearZeroOnAGpu) {
  const auto gpu = gpu_backend();
  if (!gpu) GTEST_SKIP() << "no GPU here";
  const auto compared = fast_math_error(noise_free_sweep(), *gpu);
  EXPECT_LE(compared.worst, FastMathPromise::error);
  EXPECT_GT(compared.promised, 300U);
}

TEST(FastMath, IsNearDoublePrecisionInRandomSweepsOnAGpu) {
  const auto gpu = gpu_backend();
  if (!gpu) GTEST_SKIP() << "no GPU here";
  std::size_t promised = 0;
  for (unsigned seed = 1; seed <= 24; ++seed) {
    const auto compared = fast_math_error(random_sweep(seed), *gpu);
    EXPECT_LE(compared.worst, FastMathPromise::error) << "seed " << seed;
    promised += compared.promised;
  }
  EXPECT_GT(promised, 5000U);
}

TEST(FastMath, IsRefusedForDoublePrecision) {
  Sweep sweep = default_map(2);
  sweep.precision = Precision::fp64;
  EXPECT_THROW(check(sweep), InputError);
}

}  // namespace
}  // namespace lrscape::test
