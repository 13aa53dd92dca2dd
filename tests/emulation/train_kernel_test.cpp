#include <gtest/gtest.h>

#include <cstring>
#include <tuple>

#include "awkward_sweep.hpp"
#include "backends.hpp"
#include "emulation/emulate.hpp"
#include "sweep/packed_problem.hpp"

// The CUDA kernels, emulated thread by thread, must give the bits of the CPU path.
namespace lrscape::test {
namespace {

class TrainKernel : public testing::TestWithParam<std::tuple<Precision, Tier>> {
 protected:
  static Precision precision() { return std::get<Precision>(GetParam()); }
  static Emulation options() { return {std::get<Tier>(GetParam())}; }

  /// Reduces runs and steps, for kernels with few runs per block.
  static void shorten(Sweep& sweep) {
    sweep.learning_rates = {1e-3, 0.1, 30};
    sweep.weight_decays = {0, 0.1, 10};
    sweep.epochs = 2;
  }

  static void expect_bits_of_cpu(const Sweep& sweep, const Emulation& options,
                                 const std::string& what) {
    const auto expected = train(sweep, every_backend().front());
    const auto found = emulate(sweep, options);
    expect_same_bits(found, expected, what);
    for (std::size_t k = 0; k < found.size(); ++k)
      EXPECT_EQ(finite_weights(found[k]), finite_weights(expected[k])) << what << ", unit " << k;
  }
};

TEST_P(TrainKernel, GivesTheBitsOfTheCpuForEveryOptimizer) {
  Sweep sweep = awkward_sweep(precision());
  // Two or more blocks of runs per unit, with padding in the last block.
  if (options().tier == Tier::registers)
    sweep.weight_decays = {0,   1e-5, 1e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05,
                           0.1, 0.2,  0.5,  1,    2,    5,    10,   20};
  else
    shorten(sweep);
  sweep.gram = GramMode::off;
  expect_bits_of_cpu(sweep, options(), "in weight space");
  std::erase_if(sweep.optimizers, [](const auto& spec) { return !can_run_in_gram_space(spec); });
  ASSERT_FALSE(sweep.optimizers.empty());
  sweep.gram = GramMode::on;
  expect_bits_of_cpu(sweep, options(), "in Gram space");
}

TEST_P(TrainKernel, DoesNotDependOnTheOrderInWhichThreadsAndBlocksRun) {
  Sweep sweep = awkward_sweep(precision());
  sweep.optimizers.resize(1);
  shorten(sweep);
  Emulation emulation = options();
  emulation.schedule = {emulation::Order::reverse};
  expect_bits_of_cpu(sweep, emulation, "reverse");
  for (const std::uint64_t seed : {1, 2, 3}) {
    emulation.schedule = {emulation::Order::shuffled, seed};
    expect_bits_of_cpu(sweep, emulation, "shuffled");
  }
}

/// Two runs of one epoch, on a problem of the given shape.
Sweep small_sweep(Precision precision, std::int64_t rows, std::int64_t features) {
  Sweep sweep = awkward_sweep(precision);
  SyntheticProblem shape;
  shape.rows = rows;
  shape.validation_rows = rows + 3;
  shape.features = features;
  sweep.problem = make_synthetic(shape);
  sweep.optimizers.resize(1);
  sweep.learning_rates = {0.01, 0.1};
  sweep.weight_decays = {0.1};
  sweep.schedule = parse_schedule("constant");
  sweep.seeds = 1;
  sweep.epochs = 1;
  return sweep;
}

TEST_P(TrainKernel, GivesTheBitsOfTheCpuForEveryShape) {
  // Sizes around summation blocks (16 features), feature warps (128 or 512 features), the features
  // of a block (1,024 or 4,096) and row groups (2, 4 or 8 rows).
  for (const std::int64_t features : {1, 15, 16, 17, 127, 129, 257, 513, 1024, 1025, 4097})
    for (const std::int64_t rows : {1, 3, 8, 9}) {
      Sweep sweep = small_sweep(precision(), rows, features);
      for (const std::int64_t batch : {rows, rows / 2 + 1}) {
        sweep.batch_size = std::min(batch, rows);
        expect_bits_of_cpu(sweep, options(),
                           "n=" + std::to_string(rows) + " d=" + std::to_string(features) +
                               " batch=" + std::to_string(sweep.batch_size));
      }
    }
}

TEST_P(TrainKernel, GivesTheBitsOfTheCpuForEveryShapeInGramSpace) {
  // Numbers of coordinates, one per row, around a summation block and feature warps.
  for (const std::int64_t rows : {1, 15, 17, 127, 129, 300})
    for (const std::int64_t batch : {std::int64_t{1}, rows / 2 + 1, rows}) {
      if (batch == 1 && rows > 20) continue;  // Many steps are slow in the emulation.
      Sweep sweep = small_sweep(precision(), rows, 20);
      sweep.optimizers = {choose_optimizer("sgd", {{"momentum", 0.5}})};
      sweep.gram = GramMode::on;
      sweep.epochs = 2;
      sweep.batch_size = std::min(batch, rows);
      expect_bits_of_cpu(
          sweep, options(),
          "n=" + std::to_string(rows) + " batch=" + std::to_string(sweep.batch_size));
    }
}

TEST_P(TrainKernel, GivesTheBitsOfTheCpuWhateverTheBatch) {
  // From batches that are kept to batches that pass through shared memory in many loads.
  for (const std::int64_t batch : {1, 2, 7, 12, 31, 100, 130}) {
    Sweep sweep = small_sweep(precision(), 130, 40);
    sweep.batch_size = batch;
    sweep.epochs = batch <= 2 ? 1 : 2;  // An epoch of these has 65 steps or more.
    sweep.record_epochs = batch % 2 == 0;
    Emulation emulation = options();
    for (const std::size_t kilobytes : {227, 80, 56}) {
      emulation.most_shared_bytes = kilobytes * 1024;
      expect_bits_of_cpu(
          sweep, emulation,
          "batch " + std::to_string(batch) + " in " + std::to_string(kilobytes) + " K");
    }
  }
}

TEST_P(TrainKernel, RecordsOnlyTheEndIfCurvesAreNotWanted) {
  Sweep sweep = awkward_sweep(precision());
  if (options().tier != Tier::registers) shorten(sweep);
  sweep.record_epochs = false;
  sweep.train_loss = false;
  expect_bits_of_cpu(sweep, options(), "final losses");
}

std::string name_of_case(const testing::TestParamInfo<std::tuple<Precision, Tier>>& test) {
  constexpr std::string_view tiers[] = {"Registers", "SharedMemory", "GlobalMemory"};
  const std::string precision = std::get<0>(test.param) == Precision::fp32 ? "Fp32" : "Fp64";
  return precision + std::string(tiers[static_cast<int>(std::get<1>(test.param))]);
}

INSTANTIATE_TEST_SUITE_P(InBothPrecisions, TrainKernel,
                         testing::Combine(testing::Values(Precision::fp32, Precision::fp64),
                                          testing::Values(Tier::registers, Tier::shared_memory,
                                                          Tier::global_memory)),
                         name_of_case);

TEST(KernelChoice, TakesTheBestTierThatASweepFits) {
  const auto tier = [](std::int64_t features, std::int64_t batch, std::size_t kilobytes,
                       Tier best) {
    Sweep sweep = small_sweep(Precision::fp32, 40, features);
    sweep.batch_size = batch;
    const PreparedSweep prepared(sweep, 1);
    return tier_of<float>(choose_layout<optimizer::AdamWPT, float>(
        training_view<float>(prepared, 0), kilobytes * 1024, best));
  };
  // A block has registers for 16 runs of 1,024 features.
  EXPECT_EQ(tier(1024, 20, 227, Tier::registers), Tier::registers);
  EXPECT_EQ(tier(1025, 20, 227, Tier::registers), Tier::shared_memory);
  EXPECT_EQ(tier(1024, 20, 227, Tier::shared_memory), Tier::shared_memory);
  // Four runs with two moments take 48 bytes per feature: 4,608 features take 216 KiB.
  EXPECT_EQ(tier(4608, 20, 227, Tier::registers), Tier::shared_memory);
  EXPECT_EQ(tier(5121, 20, 227, Tier::registers), Tier::global_memory);
  EXPECT_EQ(tier(1024, 20, 227, Tier::global_memory), Tier::global_memory);
  // Shared memory does not even hold two groups of rows.
  EXPECT_EQ(tier(1024, 20, 16, Tier::registers), Tier::global_memory);
}

TEST(KernelChoice, SaysWhyTheStateIsNotInRegisters) {
  const auto text = [](std::int64_t rows, std::int64_t features, Space space,
                       std::size_t kilobytes = 227) {
    Sweep sweep = small_sweep(Precision::fp32, rows, features);
    sweep.optimizers = {choose_optimizer("sgd", {})};
    sweep.gram = space == Space::gram ? GramMode::on : GramMode::off;
    const PreparedSweep prepared(sweep, 1);
    const auto view = training_view<float>(prepared, 0);
    const auto layout = choose_layout<optimizer::SGD, float>(view, kilobytes * 1024);
    return to_text<float>(layout, view, MathMode::reproducible);
  };
  EXPECT_EQ(text(40, 1500, Space::weights),
            "state in shared memory (1500 features are more than the 1024 that fit in registers), "
            "4 runs a block");
  // A run has one weight per training row, however many features there are.
  EXPECT_EQ(text(1500, 40, Space::gram),
            "state in shared memory (1500 rows are more than the 1024 that fit in registers), "
            "4 runs a block");
  EXPECT_EQ(text(40, 1024, Space::weights, 16),
            "state in global memory (batches of 8 rows leave no room in shared memory for state in "
            "registers), 4 runs a block");
}

/// The bytes that AdamW moves for one unit of `runs` runs in a tier. The sweep has two epochs of 12
/// rows in batches of 9 and 3, 15 validation rows and 40 features.
double moved_bytes_of(Tier tier, std::size_t runs, std::size_t shared_kilobytes = 227,
                      bool curves = false) {
  Sweep sweep = small_sweep(Precision::fp32, 12, 40);
  sweep.epochs = 2;
  sweep.batch_size = 9;
  sweep.record_epochs = sweep.train_loss = curves;
  const std::vector<double> rates(runs, 0.1);
  return bytes_moved_in_fp32(sweep, {tier, {}, shared_kilobytes * 1024}, {0, 0, rates, rates});
}

TEST(BytesMoved, AreRowsLossesAndStepsIfTheStateIsOnTheChip) {
  // A block of 128 runs has one feature warp: 128 values per row, plus a target and, except in
  // evaluations, an index. There are four steps of 8 numbers. A run has three rates, a loss and the
  // epoch of its divergence.
  const double steps = 4 * 8 * 4;
  const double row = 4 * 129;
  const double kept = 24 * (row + 4) + 15 * row + steps + 128 * 4 * 5;
  EXPECT_EQ(moved_bytes_of(Tier::registers, 1), kept);
  EXPECT_EQ(moved_bytes_of(Tier::registers, 128), kept);
  EXPECT_EQ(moved_bytes_of(Tier::registers, 129), 2 * kept);
  // A batch that is not kept is loaded twice.
  EXPECT_EQ(moved_bytes_of(Tier::registers, 1, 62), kept + 24 * (row + 4));
  // Losses on validation and training rows after each epoch.
  EXPECT_EQ(moved_bytes_of(Tier::registers, 1, 227, true),
            kept + (15 + 2 * 12) * row + 128 * 4 * 3);
}

TEST(BytesMoved, AreThoseOfTheStateToo) {
  // Blocks of 4 runs with 512 values per row. All rows of a batch are loaded twice.
  const double row = 4 * 513;
  const double shared = 2 * 24 * (row + 4) + 15 * row + 4 * 8 * 4 + 4 * 4 * 5 + 2 * 24 * 4 * 4;
  EXPECT_EQ(moved_bytes_of(Tier::shared_memory, 4), shared);
  EXPECT_EQ(moved_bytes_of(Tier::shared_memory, 5), 2 * shared);
  // 9 rows are two groups, 3 rows one group, 15 rows two groups. The weights are read eight times
  // for predictions, in two epochs and at the end, and twice for divergence checks. The weights and
  // two states are set to zero once, and are read and written in each of four steps.
  EXPECT_EQ(moved_bytes_of(Tier::global_memory, 4),
            shared + 4.0 * 4 * 512 * (2 * 3 + 2 + 2 + 3 + 4 * 2 * 3));
}

TEST(KernelChoice, TellsTheLimitsThatItKeepsTo) {
  // 227 KiB minus 2,176 bytes for sums, at 16 bytes per feature for the weight and for each number
  // of the state, in steps of 512 features.
  EXPECT_EQ(tier_limits<float>(shared_bytes_of_h100),
            "state in registers up to 1024 features, in shared memory up to 4608 with adamw-pt, "
            "adamw-lh, adam-l2, adam-prox; 7168 with sgd, sgdw; beyond, in global memory");
  for (const std::int64_t beyond : {0, 1}) {
    const PreparedSweep adamw(small_sweep(Precision::fp32, 8, 4608 + beyond), 1);
    EXPECT_EQ(tier_of<float>(choose_layout<optimizer::AdamWPT, float>(
                  training_view<float>(adamw, 0), shared_bytes_of_h100)),
              beyond == 0 ? Tier::shared_memory : Tier::global_memory);
    const PreparedSweep sgd(small_sweep(Precision::fp32, 8, 7168 + beyond), 1);
    EXPECT_EQ(tier_of<float>(choose_layout<optimizer::SGD, float>(training_view<float>(sgd, 0),
                                                                  shared_bytes_of_h100)),
              beyond == 0 ? Tier::shared_memory : Tier::global_memory);
  }
}

}  // namespace
}  // namespace lrscape::test
