#include <gtest/gtest.h>

#include <set>

#include "awkward_sweep.hpp"
#include "backends.hpp"

// The numerics contract: the same sweep gives the same bits, no matter what runs it.
namespace lrscape::test {
namespace {

class SameBits : public testing::TestWithParam<Precision> {};

/// Expects the same bits, weights included, on every backend as on one thread with the plain code.
/// Returns the results of that thread.
std::vector<RunResults> expect_same_on_every_backend(const Sweep& sweep) {
  DeviceOptions plain;
  plain.device = "cpu";
  plain.simd = "plain";
  plain.threads = 1;
  auto expected = train(sweep, plain);
  for (const auto& options : every_backend()) {
    const auto result = train(sweep, options);
    expect_same_bits(result, expected, name_of(options));
    for (std::size_t k = 0; k < result.size(); ++k)
      EXPECT_EQ(finite_weights(result[k]), finite_weights(expected[k]))
          << name_of(options) << ", unit " << k;
  }
  return expected;
}

/// Checks that a sweep has enough diverged runs and enough others to test both.
void expect_some_diverge_and_most_do_not(const std::vector<RunResults>& results) {
  std::size_t diverged = 0;
  std::size_t fine = 0;
  for (const auto& unit : results)
    for (const auto status : unit.status) ++(status == RunStatus::diverged ? diverged : fine);
  EXPECT_GT(diverged, 20U);
  EXPECT_GT(fine, 200U);
}

std::string shape_text(std::int64_t rows, std::int64_t features, std::int64_t batch) {
  return " n=" + std::to_string(rows) + " d=" + std::to_string(features) +
         " batch=" + std::to_string(batch);
}

TEST_P(SameBits, OnEveryInstructionSetAndTheGpu) {
  Sweep sweep = awkward_sweep(GetParam());
  ASSERT_EQ(spaces_of(sweep)[sweep.optimizers.size() - 1], Space::gram);
  ASSERT_EQ(spaces_of(sweep)[0], Space::weights);
  expect_some_diverge_and_most_do_not(expect_same_on_every_backend(sweep));
  sweep.gram = GramMode::off;
  expect_some_diverge_and_most_do_not(expect_same_on_every_backend(sweep));
}

TEST_P(SameBits, OnAnyNumberOfThreads) {
  const Sweep sweep = awkward_sweep(GetParam());
  DeviceOptions options;
  options.device = "cpu";
  options.threads = 1;
  const auto expected = train(sweep, options);
  for (const int threads : {2, 16}) {
    options.threads = threads;
    expect_same_bits(train(sweep, options), expected, std::to_string(threads) + " threads");
  }
}

TEST_P(SameBits, HoweverTheCellsAreCutIntoUnits) {
  const Sweep sweep = awkward_sweep(GetParam());
  for (const auto& options : every_backend()) {
    const auto whole = train(sweep, options);
    const auto units = every_group(sweep);
    const std::size_t records = 6;
    for (const std::size_t size : {1, 7, 20}) {
      // A GPU spends a whole block on a unit of one run: one seed, and every fifth cell, is enough.
      const std::size_t seeds = size == 1 ? 1 : 2;
      const std::size_t stride = size == 1 ? 5 : size;
      std::vector<RunGroup> pieces;
      std::vector<double> expected;
      for (std::size_t u = 0; u < units.size(); ++u) {
        const auto& unit = units[u];
        if (unit.seed >= seeds) continue;
        for (std::size_t first = 0; first < unit.learning_rate.size(); first += stride) {
          RunGroup piece = {unit.configuration, unit.seed, {}, {}};
          for (std::size_t k = first; k < std::min(first + size, unit.learning_rate.size()); ++k) {
            piece.learning_rate.push_back(unit.learning_rate[k]);
            piece.weight_decay.push_back(unit.weight_decay[k]);
            const double* const losses = &whole[u].validation_loss[k * records];
            expected.insert(expected.end(), losses, losses + records);
          }
          pieces.push_back(piece);
        }
      }
      const std::atomic<bool> stop = false;
      const auto results = OwnBackend(sweep, options)->train(pieces, stop);
      std::vector<double> losses;
      for (const auto& result : results)
        losses.insert(losses.end(), result.validation_loss.begin(), result.validation_loss.end());
      ASSERT_EQ(losses.size(), expected.size());
      ASSERT_EQ(losses.size(), 6 * seeds * (size == 1 ? 9 : 45) * records);
      EXPECT_EQ(losses, expected) << "units of " << size << " on " << name_of(options);
    }
  }
}

TEST_P(SameBits, ForEveryShapeOfRowsFeaturesAndBatch) {
  // Sizes around those at which the kernels behave differently: groups of 5 and 10 rows, stages of
  // 40 rows and 64 features, summation blocks of 16 features and half blocks.
  for (const std::int64_t features : {1, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 130})
    for (const std::int64_t rows : {1, 4, 5, 9, 10, 11, 41}) {
      Sweep sweep = awkward_sweep(GetParam());
      SyntheticProblem shape;
      shape.rows = rows;
      shape.validation_rows = rows + 6;
      shape.features = features;
      sweep.problem = make_synthetic(shape);
      sweep.learning_rates = {0.01, 0.1, 1};
      sweep.weight_decays = {0.1};
      sweep.schedule = parse_schedule("constant");
      sweep.seeds = 1;
      sweep.epochs = 2;
      for (const std::int64_t batch : std::set<std::int64_t>{1, std::min(rows / 2 + 1, rows), rows})
        for (const auto& [optimizer, gram] :
             {std::pair{"adamw-pt", GramMode::off}, std::pair{"sgd", GramMode::on}}) {
          sweep.batch_size = batch;
          sweep.optimizers = {choose_optimizer(optimizer, {})};
          sweep.gram = gram;
          SCOPED_TRACE(optimizer + shape_text(rows, features, batch));
          expect_same_on_every_backend(sweep);
        }
    }
}

TEST_P(SameBits, ForSweepsThatFillABlockOfAGpuOrDoNotFitIt) {
  struct Shape {
    std::int64_t rows, features, batch;
  };
  // In this order: eight warps of features with a batch that is kept, eight warps with a batch that
  // is read twice, one warp with a batch that is read twice, state in shared memory, and state in
  // global memory, where AdamW's lies from 4,609 features on.
  for (const auto& [rows, features, batch] :
       {Shape{41, 1000, 8}, {300, 1000, 300}, {300, 100, 290}, {41, 1500, 8}, {19, 5500, 19}}) {
    Sweep sweep = awkward_sweep(GetParam());
    SyntheticProblem shape;
    shape.rows = rows;
    shape.validation_rows = 23;
    shape.features = features;
    sweep.problem = make_synthetic(shape);
    sweep.optimizers = {choose_optimizer("adamw-pt", {}), choose_optimizer("sgd", {})};
    sweep.gram = GramMode::off;
    sweep.learning_rates = {1e-5, 0.01, 1e5};
    sweep.weight_decays = {0, 0.1};
    sweep.schedule = parse_schedule("constant");
    sweep.seeds = 1;
    sweep.epochs = 2;
    sweep.batch_size = batch;
    SCOPED_TRACE(shape_text(rows, features, batch));
    expect_same_on_every_backend(sweep);
  }
}

INSTANTIATE_TEST_SUITE_P(InBothPrecisions, SameBits,
                         testing::Values(Precision::fp32, Precision::fp64),
                         [](const auto& precision) {
                           return precision.param == Precision::fp32 ? "fp32" : "fp64";
                         });

}  // namespace
}  // namespace lrscape::test
