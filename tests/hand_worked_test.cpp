#include <gtest/gtest.h>

#include <cmath>

#include "backends.hpp"

// Problems small enough to follow with pencil and paper.
namespace lrscape::test {
namespace {

/// Three weights, two rows, one batch of both: A = [1 0 2; 0 1 -1], b = [2; 1], validated on the
/// single row [1 1 1] with target 1.
///
/// At w = 0 the residuals are A w - b = (-2, -1) and the gradient is
/// (2/2) A^T (-2, -1) = (-2, -1, -3).
Sweep three_weights(std::string_view optimizer, const NamedValues& hyperparameters, double rate,
                    double decay, std::int64_t epochs) {
  Sweep sweep;
  sweep.problem.features = Matrix(2, 3);
  sweep.problem.features.values = {1, 0, 2, 0, 1, -1};
  sweep.problem.targets = {2, 1};
  sweep.problem.validation_features = Matrix(1, 3);
  sweep.problem.validation_features.values = {1, 1, 1};
  sweep.problem.validation_targets = {1};
  sweep.optimizers = {choose_optimizer(optimizer, hyperparameters)};
  sweep.learning_rates = {rate};
  sweep.weight_decays = {decay};
  sweep.epochs = epochs;
  sweep.batch_size = 2;
  sweep.precision = Precision::fp64;
  sweep.train_loss = true;
  return sweep;
}

void expect_weights(const Sweep& sweep, const std::vector<double>& expected) {
  for (const auto& in_space : in_every_space(sweep))
    for (const auto& options : every_backend()) {
      const auto result = train(in_space, options).at(0);
      ASSERT_EQ(result.weights.size(), expected.size());
      for (std::size_t j = 0; j < expected.size(); ++j)
        // Decimal fractions such as 0.1 are not exact in binary and cause a few roundings of 1e-16.
        EXPECT_NEAR(result.weights[j], expected[j], 1e-14)
            << "weight " << j << " on " << name_of(options) << ", " << space_name(in_space);
    }
}

TEST(ThreeWeights, AreMovedBySgdAgainstTheGradient) {
  // One step of 0.1: w = (0.2, 0.1, 0.3).
  expect_weights(three_weights("sgd", {}, 0.1, 0, 1), {0.2, 0.1, 0.3});
  // Then A w - b = (0.8 - 2, -0.2 - 1) = (-1.2, -1.2), gradient (-1.2, -1.2, -1.2).
  expect_weights(three_weights("sgd", {}, 0.1, 0, 2), {0.32, 0.22, 0.42});
}

TEST(ThreeWeights, CarryMomentumOver) {
  // b1 = g1 = (-2, -1, -3); b2 = 0.5 b1 + g2 = (-2.2, -1.7, -2.7); w2 = w1 - 0.1 b2.
  expect_weights(three_weights("sgd", {{"momentum", 0.5}}, 0.1, 0, 2), {0.42, 0.27, 0.57});
}

TEST(ThreeWeights, AreDecayedByL2ThroughTheGradient) {
  // Step 2 with wd 1: g = (-1.2 + 0.2, -1.2 + 0.1, -1.2 + 0.3) = (-1, -1.1, -0.9).
  expect_weights(three_weights("sgd", {}, 0.1, 1, 2), {0.3, 0.21, 0.39});
}

TEST(ThreeWeights, FollowTheSignOfTheGradientInAdamsFirstStep) {
  // m^ = g and v^ = g^2, so with epsilon 0 every weight moves by the learning rate.
  expect_weights(three_weights("adamw-pt", {{"epsilon", 0}}, 0.1, 0.5, 1), {0.1, 0.1, 0.1});
}

TEST(ThreeWeights, AreShrunkByTheDecayOfEachForm) {
  // After step 1 all weights are 0.1, so A w - b = (0.3 - 2, 0 - 1) = (-1.7, -1) and
  // g2 = (-1.7, -1, -2.4). With beta1 = beta2 = 0, m^/sqrt(v^) = sign g = -1 and
  // w <- shrinkage 0.1 + 0.1.
  const NamedValues memoryless = {{"beta1", 0}, {"beta2", 0}, {"epsilon", 0}};
  const auto after_two = [&](std::string_view optimizer) {
    return three_weights(optimizer, memoryless, 0.1, 0.5, 2);
  };
  const auto all = [](double value) { return std::vector<double>(3, value); };
  expect_weights(after_two("adamw-pt"), all((1 - 0.05) * 0.1 + 0.1));
  expect_weights(after_two("adamw-lh"), all((1 - 0.5) * 0.1 + 0.1));
  // The proximal step also shrinks the weights in step 1: w1 = 0.1 / 1.05.
  expect_weights(after_two("adam-prox"), all((0.1 / 1.05 + 0.1) / 1.05));
  // L2 decay flips no sign here: g2 + 0.5 w < 0.
  expect_weights(after_two("adam-l2"), all(0.2));
}

TEST(ThreeWeights, HaveTheLossesWorkedOutByHand) {
  // With w = (0.2, 0.1, 0.3) the train loss is ((0.8 - 2)^2 + (-0.2 - 1)^2) / 2 = 1.44 and the
  // validation loss (0.6 - 1)^2 = 0.16.
  for (const auto& options : every_backend()) {
    const auto result = train(three_weights("sgd", {}, 0.1, 0, 1), options).at(0);
    EXPECT_NEAR(result.train_loss[0], 1.44, 1e-14) << name_of(options);
    EXPECT_NEAR(result.validation_loss[0], 0.16, 1e-14) << name_of(options);
    EXPECT_EQ(result.status[0], RunStatus::ok);
    EXPECT_EQ(result.diverged_at_epoch[0], -1);
  }
}

/// One weight, one row: w <- w - 2 lr (w - 1), so each step multiplies w - 1 by (1 - 2 lr).
Sweep one_weight(double rate, std::int64_t epochs, Precision precision) {
  Sweep sweep;
  sweep.problem.features = Matrix(1, 1);
  sweep.problem.features.values = {1};
  sweep.problem.targets = {1};
  sweep.problem.validation_features = sweep.problem.features;
  sweep.problem.validation_targets = {1};
  sweep.optimizers = {choose_optimizer("sgd", {})};
  sweep.learning_rates = {rate};
  sweep.weight_decays = {0};
  sweep.epochs = epochs;
  sweep.batch_size = 1;
  sweep.precision = precision;
  sweep.record_epochs = true;
  return sweep;
}

TEST(Divergence, IsDatedByTheFirstEpochThatLeavesAWeightThatIsNotFinite) {
  // With lr 8.5, |w - 1| = 16^t = 2^(4t). The largest float is just below 2^128, so w overflows at
  // t = 32. The loss, 2^(8t), is infinite from t = 16 on and is recorded as infinite although the
  // run has not diverged yet.
  for (const auto& options : every_backend()) {
    const auto result = train(one_weight(8.5, 40, Precision::fp32), options).at(0);
    EXPECT_EQ(result.status[0], RunStatus::diverged) << name_of(options);
    EXPECT_EQ(result.diverged_at_epoch[0], 32) << name_of(options);
    EXPECT_EQ(result.validation_loss[14], std::ldexp(1.0, 8 * 15)) << name_of(options);
    for (std::size_t t = 16; t <= 40; ++t)
      EXPECT_EQ(result.validation_loss[t - 1], INFINITY) << name_of(options);
  }
}

TEST(Divergence, OfTheFinalLossAloneIsDatedByTheLastEpoch) {
  for (const auto& options : every_backend()) {
    const auto result = train(one_weight(8.5, 20, Precision::fp32), options).at(0);
    EXPECT_EQ(result.status[0], RunStatus::diverged) << name_of(options);
    EXPECT_EQ(result.diverged_at_epoch[0], 20) << name_of(options);
  }
}

TEST(Divergence, IsTheSameWhetherCurvesAreRecordedOrNot) {
  for (const auto& options : every_backend())
    for (const std::int64_t epochs : {15, 20, 40}) {
      Sweep sweep = one_weight(8.5, epochs, Precision::fp32);
      const auto curve = train(sweep, options).at(0);
      sweep.record_epochs = false;
      const auto final = train(sweep, options).at(0);
      EXPECT_EQ(final.validation_loss[0], curve.validation_loss.back());
      EXPECT_EQ(final.status, curve.status);
      EXPECT_EQ(final.diverged_at_epoch, curve.diverged_at_epoch);
    }
}

TEST(Subnormals, AreKeptOnEveryPath) {
  // With lr 0.25 and target 2^-140, every w = target (1 - 2^-t) is a subnormal float. Subnormal
  // floats have enough bits to hold step 3 exactly: 2^-140 (1 - 2^-3) = 7 * 2^-143.
  for (const auto& options : every_backend()) {
    Sweep sweep = one_weight(0.25, 3, Precision::fp32);
    sweep.problem.targets = {std::ldexp(1.0, -140)};
    sweep.problem.validation_targets = sweep.problem.targets;
    EXPECT_EQ(train(sweep, options).at(0).weights[0], 7 * std::ldexp(1.0, -143))
        << name_of(options);
  }
}

}  // namespace
}  // namespace lrscape::test
