#include <gtest/gtest.h>

#include <iostream>
#include <tuple>

#include "awkward_sweep.hpp"
#include "emulation/emulate.hpp"
#include "fast_math.hpp"
#include "sweep/packed_problem.hpp"

// The kernel of --math fast, emulated thread by thread. Products of tensor cores round toward 0.
namespace lrscape::test {
namespace {

std::vector<RunResults> on_cpu(Sweep sweep, Precision precision) {
  sweep.math = MathMode::reproducible;
  sweep.precision = precision;
  return train(sweep, every_backend().front());
}

TEST(FastKernel, IsTakenForFastMathAloneAndForWhatFitsIt) {
  const auto is_fast = [](std::int64_t features, std::int64_t batch, MathMode math, Tier best) {
    Sweep sweep = awkward_sweep(Precision::fp32);
    SyntheticProblem shape;
    shape.rows = 2000;
    shape.features = features;
    sweep.problem = make_synthetic(shape);
    sweep.batch_size = batch;
    const PreparedSweep prepared(sweep, 1);
    const auto layout = choose_layout<optimizer::AdamWPT, float>(training_view<float>(prepared, 0),
                                                                 shared_bytes_of_h100, best, math);
    return std::holds_alternative<FastLayout>(layout);
  };
  EXPECT_TRUE(is_fast(1024, 24, MathMode::fast, Tier::registers));
  EXPECT_TRUE(is_fast(1, 1, MathMode::fast, Tier::registers));
  EXPECT_FALSE(is_fast(1024, 24, MathMode::reproducible, Tier::registers));
  EXPECT_FALSE(is_fast(1024, 24, MathMode::fast, Tier::shared_memory));
  EXPECT_TRUE(is_fast(1024, 200, MathMode::fast, Tier::registers));
  EXPECT_FALSE(is_fast(1024, 2000, MathMode::fast, Tier::registers));  // Too many derivatives.
  EXPECT_FALSE(is_fast(1025, 20, MathMode::fast, Tier::registers));
}

TEST(FastKernel, DoesNotDependOnTheOrderInWhichThreadsRun) {
  for (const std::int64_t batch : {8, 37}) {  // The first is kept, the second read twice.
    Sweep sweep = awkward_sweep(Precision::fp32);
    sweep.optimizers.resize(1);
    sweep.epochs = 2;
    sweep.batch_size = batch;
    sweep.schedule = parse_schedule("constant");
    sweep.math = MathMode::fast;
    Emulation emulation;
    const auto expected = emulate(sweep, emulation);
    emulation.schedule = {emulation::Order::reverse};
    expect_same_bits(expected, emulate(sweep, emulation), "reverse");
    for (const std::uint64_t seed : {1, 2}) {
      emulation.schedule = {emulation::Order::shuffled, seed};
      expect_same_bits(expected, emulate(sweep, emulation), "shuffled");
    }
  }
}

TEST(FastKernel, TakesAStepThatFitsNoTile) {
  Sweep sweep = awkward_sweep(Precision::fp32);
  SyntheticProblem shape;
  shape.rows = 3;
  shape.validation_rows = 9;
  shape.features = 19;
  sweep.problem = make_synthetic(shape);
  sweep.optimizers.resize(1);
  sweep.learning_rates = {1e-3};
  sweep.weight_decays = {0.1};
  sweep.schedule = parse_schedule("constant");
  sweep.epochs = 2;
  sweep.batch_size = 2;
  sweep.math = MathMode::fast;
  const auto compared = compare_fast_math(sweep, emulate(sweep, {}), on_cpu(sweep, Precision::fp32),
                                          on_cpu(sweep, Precision::fp64));
  EXPECT_LE(compared.worst, FastMathPromise::error);
  EXPECT_EQ(compared.promised, 4U);  // Two seeds, two epochs.
}

}  // namespace
}  // namespace lrscape::test
