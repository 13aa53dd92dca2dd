#include <gtest/gtest.h>

#include <utility>

#include "awkward_sweep.hpp"
#include "emulation/emulated_gpu.hpp"
#include "fast_math.hpp"

// The kernel of --math fast, thread by thread, with the products of tensor cores rounded toward 0.
namespace lrscape::test {
namespace {

std::vector<UnitResult> on_cpu(Sweep sweep, Precision precision) {
  sweep.math = MathMode::reproducible;
  sweep.precision = precision;
  return run(sweep, every_backend().front());
}

TEST(FastKernel, IsTakenForFastMathAloneAndForWhatFitsIt) {
  const auto is_fast = [](std::int64_t features, std::int64_t batch, MathMode math, Tier best) {
    Sweep sweep = awkward_sweep(Precision::fp32);
    SyntheticProblem shape;
    shape.rows = 40;
    shape.features = features;
    sweep.problem = make_synthetic(shape);
    sweep.batch_size = batch;
    const PackedSweep<float> packed(sweep, 1);
    const auto layout = choose_layout<AdamWPT, float>(packed.view(Space::weights),
                                                      shared_bytes_of_h100, best, math);
    return std::holds_alternative<FastLayout>(layout);
  };
  EXPECT_TRUE(is_fast(1024, 24, MathMode::fast, Tier::registers));
  EXPECT_TRUE(is_fast(1, 1, MathMode::fast, Tier::registers));
  EXPECT_FALSE(is_fast(1024, 24, MathMode::reproducible, Tier::registers));
  EXPECT_FALSE(is_fast(1024, 24, MathMode::fast, Tier::shared_memory));
  EXPECT_FALSE(
      is_fast(1024, 25, MathMode::fast, Tier::registers));  // More than three tiles of rows.
  EXPECT_FALSE(is_fast(1025, 20, MathMode::fast, Tier::registers));
}

TEST(FastKernel, IsNearDoublePrecisionForEveryOptimizerAndShape) {
  // Two feature warps and one, tiles that are not full, batches of one to three tiles.
  for (const auto& [features, batch] : {std::pair{83, 7}, std::pair{130, 8}, std::pair{300, 20}}) {
    Sweep sweep = awkward_sweep(Precision::fp32);
    SyntheticProblem shape;
    shape.rows = 37;
    shape.validation_rows = 23;
    shape.features = features;
    sweep.problem = make_synthetic(shape);
    sweep.learning_rates = {1e-4, 1e-3, 1e5};
    sweep.weight_decays = {0, 0.1};
    sweep.schedule = parse_schedule("cosine");
    sweep.epochs = 3;
    sweep.batch_size = batch;
    sweep.seeds = 1;
    sweep.gram = GramChoice::off;
    sweep.math = MathMode::fast;
    const auto compared = compare_fast_math(emulate(sweep, {}), on_cpu(sweep, Precision::fp32),
                                            on_cpu(sweep, Precision::fp64));
    EXPECT_LE(compared.worst, 1e-4) << features << " features, batch " << batch;
    EXPECT_GT(compared.stable, 20U);
    EXPECT_GT(compared.diverged, 0U);
    EXPECT_EQ(compared.differently_ended, 0U) << features << " features, batch " << batch;
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
  const auto compared = compare_fast_math(emulate(sweep, {}), on_cpu(sweep, Precision::fp32),
                                          on_cpu(sweep, Precision::fp64));
  EXPECT_LE(compared.worst, 1e-4);  // What is promised of fast math.
  EXPECT_EQ(compared.stable, 2U);
}

TEST(FastKernel, IsNearDoublePrecisionOverTheDefaultMap) {
  Sweep sweep = default_map(4);
  const auto compared = compare_fast_math(emulate(sweep, {}), on_cpu(sweep, Precision::fp32),
                                          on_cpu(sweep, Precision::fp64));
  EXPECT_LE(compared.worst, 1e-4);
  EXPECT_GE(compared.stable, 8U);
  EXPECT_EQ(compared.differently_ended, 0U);
}

}  // namespace
}  // namespace lrscape::test
