#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "infinity.hpp"
#include "lrscape/error.hpp"
#include "lrscape/result.hpp"
#include "lrscape/sweep.hpp"

namespace lrscape {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t too_many = std::int64_t{1} << 31;

/// Five rows in batches of two: three steps per epoch, six in all.
Sweep small_sweep() {
  Sweep sweep;
  sweep.problem = {Matrix(5, 2), std::vector<double>(5), Matrix(1, 2), {0}};
  sweep.optimizers = {choose_optimizer("sgd", {}), choose_optimizer("adamw-pt", {})};
  sweep.learning_rates = {0.1, 1};
  sweep.weight_decays = {0, 0.5};
  sweep.epochs = 2;
  sweep.batch_size = 2;
  return sweep;
}

template <class Change>
Sweep changed(Change change) {
  Sweep sweep = small_sweep();
  change(sweep);
  return sweep;
}

template <class Change, class... Parts>
void expect_refusal(Change change, const Parts&... parts) {
  EXPECT_THAT([&] { check(changed(change)); },
              ThrowsMessage<InputError>(AllOf(HasSubstr(parts)..., Not(HasSubstr("\n")))));
}

TEST(CheckSweep, AcceptsWhatCanBeRun) { EXPECT_NO_THROW(check(small_sweep())); }

TEST(CheckSweep, AcceptsTheLimitsThemselves) {
  EXPECT_NO_THROW(check(changed([](Sweep& s) { s.batch_size = 5; })));
  EXPECT_NO_THROW(check(changed([](Sweep& s) { s.batch_size = 1; })));
  EXPECT_NO_THROW(check(changed([](Sweep& s) { s.schedule.envelope.warmup = 5; })));
  EXPECT_NO_THROW(check(changed([](Sweep& s) { s.learning_rates = {5e-324}; })));
}

TEST(CheckSweep, RefusesAProblemThatDoesNotFitTogether) {
  expect_refusal([](Sweep& s) { s.problem.targets.pop_back(); }, "5 rows", "4 training targets");
  expect_refusal([](Sweep& s) { s.problem.validation_features(0, 1) = not_a_number; },
                 "validation data", "not finite");
}

TEST(CheckSweep, RefusesDataBeyondTheRangeOfItsPrecision) {
  constexpr double largest = std::numeric_limits<float>::max();
  for (const auto place : {0, 1, 2, 3}) {
    const auto put = [&](Sweep& s, double value) {
      Problem& p = s.problem;
      (place == 0   ? p.features(4, 1)
       : place == 1 ? p.targets[4]
       : place == 2 ? p.validation_features(0, 1)
                    : p.validation_targets[0]) = value;
    };
    EXPECT_NO_THROW(check(changed([&](Sweep& s) { put(s, -largest); })));
    expect_refusal([&](Sweep& s) { put(s, -1e39); }, "-1e+39", "range of fp32",
                   place < 2 ? "training" : "validation", place % 2 == 0 ? "feature 2" : "targets");
    EXPECT_NO_THROW(check(changed([&](Sweep& s) {
      put(s, 1e39);
      s.precision = Precision::fp64;
    })));
  }
  try {
    check(changed([](Sweep& s) { s.problem.targets[0] = 1e39; }));
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ(error.remedy(), Remedy::fp64);
  }
}

TEST(CheckSweep, RefusesNoOptimizerOrOneTwice) {
  expect_refusal([](Sweep& s) { s.optimizers.clear(); }, "no optimizer");
  expect_refusal([](Sweep& s) { s.optimizers.push_back(choose_optimizer("sgd", {})); },
                 "optimizer sgd is given twice");
  EXPECT_NO_THROW(check(changed([](Sweep& s) {
    s.optimizers.push_back(choose_optimizer("adamw-pt", {{"beta1", 0.5}}));
  })));
}

TEST(CheckSweep, RefusesLearningRatesThatAreNone) {
  expect_refusal([](Sweep& s) { s.learning_rates.clear(); }, "no learning rate");
  for (const double value : {0.0, -0.1, infinity, not_a_number})
    expect_refusal([&](Sweep& s) { s.learning_rates[1] = value; }, "every learning rate", "> 0");
  expect_refusal([](Sweep& s) { s.learning_rates = {-0.5, 1}; }, "> 0, not -0.5");
}

TEST(CheckSweep, RefusesWeightDecaysThatAreNone) {
  expect_refusal([](Sweep& s) { s.weight_decays.clear(); }, "no weight decay");
  for (const double value : {-0.1, infinity, not_a_number})
    expect_refusal([&](Sweep& s) { s.weight_decays[1] = value; }, "every weight decay", ">= 0");
}

TEST(CheckSweep, RefusesAxesThatDoNotRise) {
  expect_refusal(
      [](Sweep& s) {
        s.learning_rates = {1, 0.1};
      },
      "learning rate values must increase", "0.1 comes after 1");
  expect_refusal(
      [](Sweep& s) {
        s.learning_rates = {1, 2, 2};
      },
      "learning rate values must increase", "2 comes after 2");
  expect_refusal(
      [](Sweep& s) {
        s.weight_decays = {0.5, 0};
      },
      "weight decay values must increase", "0 comes after 0.5");
}

TEST(CheckSweep, RefusesCountsOutOfRange) {
  for (const std::int64_t count : {std::int64_t{0}, std::int64_t{-1}, too_many}) {
    const auto given = "from 1 to 2147483647, not " + std::to_string(count);
    expect_refusal([&](Sweep& s) { s.seeds = count; }, "number of seeds", given);
    expect_refusal([&](Sweep& s) { s.epochs = count; }, "number of epochs", given);
  }
  expect_refusal([](Sweep& s) { s.first_seed = -1; }, "first seed", ">= 0, not -1");
}

TEST(CheckSweep, RefusesMoreThanAnyMemoryHolds) {
  // Almost 2^31 seeds with almost 2^31 epochs of 5 rows.
  expect_refusal([](Sweep& s) { s.seeds = s.epochs = too_many - 1; }, "seeds and epochs", "memory");
}

TEST(CheckSweep, RefusesABatchThatTheRowsDoNotFill) {
  for (const std::int64_t size : {0, -1, 6})
    expect_refusal([&](Sweep& s) { s.batch_size = size; }, "batch",
                   "from 1 to 5 (the number of training rows)", "not " + std::to_string(size));
}

TEST(CheckSweep, RefusesRowOrdersThatDoNotFit) {
  const std::vector<std::int32_t> order = {0, 1, 2, 3, 4, 4, 3, 2, 1, 0};
  EXPECT_NO_THROW(check(changed([&](Sweep& s) { s.row_orders = {order}; })));
  const auto refused = [](const std::vector<std::vector<std::int32_t>>& orders) {
    expect_refusal([&](Sweep& s) { s.row_orders = orders; },
                   "row orders must be 1 lists of 2 x 5 rows from 0 to 4");
  };
  refused({order, order});
  refused({{0, 1, 2, 3, 4}});
  refused({{}});
  refused({{0, 1, 2, 3, 4, 0, 1, 2, 3, 5}});
  refused({{0, 1, 2, 3, 4, 0, 1, 2, 3, -1}});
}

TEST(CheckSweep, RefusesGramSpaceToWhatCannotRunThere) {
  expect_refusal([](Sweep& s) { s.gram = GramMode::on; }, "adamw-pt cannot run in Gram space",
                 "rotations");
  const auto with_order = [](const std::vector<std::int32_t>& order) {
    return [order](Sweep& s) {
      s.gram = GramMode::on;
      s.optimizers.pop_back();
      s.row_orders = {order};
    };
  };
  EXPECT_NO_THROW(check(changed(with_order({0, 1, 2, 3, 4, 4, 3, 2, 1, 0}))));
  // Rows 0 and 1 occur twice in the first epoch, row 1 even back to back, but in different batches.
  EXPECT_NO_THROW(check(changed(with_order({0, 1, 1, 0, 4, 4, 3, 2, 1, 2}))));
  expect_refusal(with_order({0, 1, 2, 3, 4, 4, 3, 2, 2, 0}), "a batch that contains a row twice");
  // The products of 4 million rows are 16e12 numbers; no machine that runs this has 256 TB.
  expect_refusal(
      [](Sweep& s) {
        s.gram = GramMode::on;
        s.optimizers.pop_back();
        s.problem.features = Matrix(4'000'000, 1);
        s.problem.targets.resize(4'000'000);
        s.problem.validation_features = Matrix(1, 1);
      },
      "Gram space", "memory");
}

TEST(CheckSweep, RefusesAWarmupAsLongAsTheTraining) {
  for (const std::int64_t warmup : {6, 7})
    expect_refusal([&](Sweep& s) { s.schedule.envelope.warmup = warmup; },
                   "warmup of " + std::to_string(warmup) + " steps", "6 steps");
}

TEST(Sweep, CountsTheLeftOverBatchAsAStep) {
  const auto steps = [](const Sweep& sweep) {
    return configurations(sweep)[0].steps(sweep.problem.features.rows);
  };
  EXPECT_EQ(configurations(small_sweep())[0].steps_per_epoch(5), 3);
  EXPECT_EQ(steps(small_sweep()), 6);
  EXPECT_EQ(steps(changed([](Sweep& s) { s.batch_size = 5; })), 2);
  EXPECT_EQ(steps(changed([](Sweep& s) { s.batch_size = 1; })), 10);
}

TEST(Sweep, RecordsTheLastEpochOrAll) {
  EXPECT_EQ(small_sweep().recorded_epochs(), 1);
  EXPECT_EQ(changed([](Sweep& s) { s.record_epochs = true; }).recorded_epochs(), 2);
}

TEST(EmptyResult, HasRoomForRunsNoneOfThemMade) {
  Sweep sweep = small_sweep();
  auto result = empty_results(sweep, 3);
  EXPECT_EQ(result.validation_loss.size(), 3U);
  EXPECT_TRUE(std::isnan(result.validation_loss[2]));
  EXPECT_TRUE(result.train_loss.empty());
  EXPECT_EQ(result.status, std::vector(3, RunStatus::not_run));
  EXPECT_EQ(result.diverged_at_epoch, std::vector<std::int32_t>(3, -1));
  EXPECT_TRUE(result.weights.empty());
  sweep.record_epochs = true;
  sweep.train_loss = true;
  sweep.save_weights = true;
  result = empty_results(sweep, 3);
  EXPECT_EQ(result.validation_loss.size(), 6U);
  EXPECT_EQ(result.train_loss.size(), 6U);
  EXPECT_EQ(result.status.size(), 3U);
  EXPECT_EQ(result.weights.size(), 6U);
  EXPECT_TRUE(std::isnan(result.weights[5]));
}

}  // namespace
}  // namespace lrscape
