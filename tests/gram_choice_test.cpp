#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "awkward_sweep.hpp"
#include "backends.hpp"
#include "lrscape/error.hpp"
#include "lrscape/numerics/normal.hpp"
#include "lrscape/numerics/philox.hpp"
#include "lrscape/prepared_sweep.hpp"

// When a sweep trains in Gram space.
namespace lrscape::test {
namespace {

/// One run of SGD on rows of standard normal features. The targets come from another problem.
Sweep normal_sweep(std::size_t features, Precision precision = Precision::fp32,
                   std::size_t rows = 37) {
  Sweep sweep = awkward_sweep(precision);
  sweep.optimizers = {choose_optimizer("sgd", {})};
  sweep.learning_rates = {1e-3};
  sweep.weight_decays = {0};
  sweep.seeds = 1;
  sweep.problem.features = Matrix(rows, features);
  sweep.problem.targets.resize(rows);
  sweep.problem.validation_features = Matrix(23, features);
  std::uint64_t index = 0;
  for (Matrix* matrix : {&sweep.problem.features, &sweep.problem.validation_features})
    for (double& value : matrix->values)
      value = normal_quantile(uniform(random_bits(7, RandomPurpose::train_features, 0, index++)));
  return sweep;
}

Space space_of(const Sweep& sweep) { return spaces_of(sweep)[0]; }

TEST(GramSpace, IsChosenForWhatGainsByItAlone) {
  Sweep sweep = awkward_sweep(Precision::fp64);
  const auto spaces = spaces_of(sweep);
  for (std::size_t k = 0; k < sweep.optimizers.size(); ++k)
    EXPECT_EQ(spaces[k] == Space::gram, sweep.optimizers[k].name.starts_with("sgd"))
        << sweep.optimizers[k].name;

  EXPECT_EQ(space_of(normal_sweep(83)), Space::gram);
  EXPECT_EQ(space_of(normal_sweep(37)), Space::weights);
  EXPECT_EQ(space_of(normal_sweep(36)), Space::weights);
  Sweep off = normal_sweep(83);
  off.gram = GramMode::off;
  EXPECT_EQ(space_of(off), Space::weights);
}

TEST(GramSpace, IsChosenIfSixtyFourRunsRepayItHoweverManyThereAre) {
  // Preparing Gram space takes 101,400,000 multiply-adds: 300 (300 + 23) 1,000 = 96,900,000 for the
  // products of the 300 training rows with each other and with the 23 validation rows, and
  // 300^3 / 6 = 4,500,000 for a Cholesky factor. A run of E epochs with one loss on 23 rows saves
  // 1,000 (600 E + 23) - 300 (300 E + 23) = 510,000 E + 16,100. So 64 runs save 98,950,400 with
  // 3 epochs and 131,590,400 with 4.
  const auto chosen = [](std::int64_t epochs, std::size_t rates) {
    Sweep sweep = normal_sweep(1000, Precision::fp32, 300);
    sweep.epochs = epochs;
    sweep.record_epochs = sweep.train_loss = false;
    sweep.learning_rates.clear();
    for (std::size_t k = 1; k <= rates; ++k)
      sweep.learning_rates.push_back(1e-6 * static_cast<double>(k));
    return space_of(sweep);
  };
  for (const std::size_t rates : {1, 10'000}) {
    EXPECT_EQ(chosen(3, rates), Space::weights) << rates;
    EXPECT_EQ(chosen(4, rates), Space::gram) << rates;
  }
}

TEST(GramSpace, IsNotChosenWhereSquaresLeaveTheRangeOfThePrecision) {
  for (const double scale : {1e20, 1e-20}) {
    Sweep sweep = normal_sweep(83);
    for (double& value : sweep.problem.features.values) value *= scale;
    EXPECT_EQ(space_of(sweep), Space::weights) << scale;
    sweep.precision = Precision::fp64;
    EXPECT_EQ(space_of(sweep), Space::gram) << scale;
  }
}

TEST(GramSpace, IsNotChosenWhereThePrecisionLacksTheDigits) {
  const auto shifted = [](double mean, Precision precision) {
    Sweep sweep = normal_sweep(83, precision);
    for (double& value : sweep.problem.features.values) value += mean;
    return space_of(sweep);
  };
  // If the features have mean m, products of rows are near 83 m^2 and differ by about 83.
  EXPECT_EQ(shifted(1, Precision::fp32), Space::gram);
  EXPECT_EQ(shifted(10, Precision::fp32), Space::weights);
  EXPECT_EQ(shifted(10, Precision::fp64), Space::gram);
  EXPECT_EQ(shifted(1000, Precision::fp64), Space::weights);
  // If a row occurs twice with different targets, no weights fit both. The coordinates of the row
  // grow without bound.
  for (const Precision precision : {Precision::fp32, Precision::fp64}) {
    Sweep twice = normal_sweep(83, precision);
    for (std::size_t j = 0; j < 83; ++j)
      twice.problem.features(1, j) = twice.problem.features(0, j);
    EXPECT_EQ(space_of(twice), Space::weights);
  }
}

/// Rows whose products are a on the diagonal and b more everywhere: the largest is a + b, the least
/// eigenvalue a.
Sweep sweep_with_products(double a, double b, std::size_t features, Precision precision) {
  Sweep sweep = normal_sweep(features, precision);
  Matrix& rows = sweep.problem.features;
  std::ranges::fill(rows.values, 0.0);
  for (std::size_t i = 0; i < rows.rows; ++i) {
    rows(i, i) = std::sqrt(a);
    if (b > 0) rows(i, rows.rows) = std::sqrt(b);
  }
  return sweep;
}

TEST(GramSpace, IsChosenUpToTheErrorThatThePrecisionAllows) {
  // The estimate is sqrt(37) (a + b) / a units of roundoff. 2e-5 is 335.5 units in fp32, so b may
  // be 54.2 a; 1e-12 is 9,007 units in fp64, so b may be 1,480 a.
  const auto space = [](double b, Precision precision) {
    return space_of(sweep_with_products(1, b, 83, precision));
  };
  EXPECT_EQ(space(50, Precision::fp32), Space::gram);
  EXPECT_EQ(space(60, Precision::fp32), Space::weights);
  EXPECT_EQ(space(1400, Precision::fp64), Space::gram);
  EXPECT_EQ(space(1600, Precision::fp64), Space::weights);
}

TEST(GramSpace, NeedsFewerRowsThanFeatures) {
  EXPECT_EQ(space_of(sweep_with_products(1, 0, 38, Precision::fp32)), Space::gram);
  EXPECT_EQ(space_of(sweep_with_products(1, 0, 37, Precision::fp32)), Space::weights);
}

TEST(GramSpace, IsNotChosenWhereSquaresOfValidationFeaturesLeaveThePrecision) {
  for (const double scale : {1e20, 1e-20}) {
    Sweep sweep = normal_sweep(83);
    for (double& value : sweep.problem.validation_features.values) value *= scale;
    EXPECT_EQ(space_of(sweep), Space::weights) << scale;
  }
}

TEST(GramSpace, ThatIsAskedForIsWarnedOfWhereThePrecisionLacksTheDigits) {
  const auto warnings = [](double mean, GramMode mode) {
    Sweep sweep = normal_sweep(83);
    sweep.optimizers = {choose_optimizer("sgd", {})};
    for (double& value : sweep.problem.features.values) value += mean;
    sweep.gram = mode;
    return PreparedSweep(sweep).warnings().size();
  };
  EXPECT_EQ(warnings(1, GramMode::on), 0U);
  EXPECT_EQ(warnings(10, GramMode::on), 1U);
  EXPECT_EQ(warnings(10, GramMode::automatic), 0U);
}

TEST(GramSpace, IsRefusedWhereProductsOfFeaturesLeaveThePrecision) {
  Sweep sweep = normal_sweep(83);
  sweep.optimizers = {choose_optimizer("sgd", {})};
  sweep.gram = GramMode::on;
  for (double& value : sweep.problem.validation_features.values) value *= 1e25;
  EXPECT_THAT([&] { check(sweep); }, testing::ThrowsMessage<InputError>(testing::HasSubstr(
                                         "products of features, which leave the range of fp32")));
  sweep.precision = Precision::fp64;
  EXPECT_NO_THROW(check(sweep));
}

TEST(GramSpace, IsChosenForCenteredFeaturesIfTheTargetsAreToo) {
  Sweep sweep = normal_sweep(83);
  standardize(sweep.problem);
  EXPECT_EQ(space_of(sweep), Space::gram);
  for (double& target : sweep.problem.targets) target += 1;
  EXPECT_EQ(space_of(sweep), Space::weights);
}

TEST(GramSpace, IsAsAccurateAsWeightsInSinglePrecisionWhereItIsChosen) {
  // 500 epochs at a stable learning rate. The rule allows an error of 2e-5. With features of mean
  // 100, Gram space exceeds it and is therefore not chosen.
  const auto errors = [](double mean, GramMode spec) {
    Sweep sweep = normal_sweep(83, Precision::fp64);
    for (Matrix* matrix : {&sweep.problem.features, &sweep.problem.validation_features})
      for (double& value : matrix->values) value += mean;
    sweep.optimizers = {choose_optimizer("sgd", {{"momentum", 0.9}})};
    sweep.learning_rates = {0.5 / (83 * (1 + mean * mean))};
    sweep.epochs = 500;
    sweep.schedule = parse_schedule("constant");
    sweep.record_epochs = sweep.train_loss = false;
    sweep.gram = GramMode::off;
    const double exact = train(sweep, every_backend().front())[0].validation_loss[0];
    sweep.precision = Precision::fp32;
    sweep.gram = spec;
    return std::abs(train(sweep, every_backend().front())[0].validation_loss[0] / exact - 1);
  };
  EXPECT_LE(errors(1, GramMode::automatic), 2e-5);
  EXPECT_LE(errors(100, GramMode::automatic), 2e-5);
  EXPECT_GT(errors(100, GramMode::on), 2e-5);
}

TEST(GramSpace, IsNotChosenWhereABatchHoldsARowTwice) {
  Sweep sweep = awkward_sweep(Precision::fp32);
  sweep.optimizers = {choose_optimizer("sgd", {})};
  for (std::int64_t seed = 0; seed < sweep.seeds; ++seed)
    sweep.row_orders.push_back(row_order(static_cast<std::uint64_t>(seed), sweep.epochs, 37));
  EXPECT_EQ(spaces_of(sweep)[0], Space::gram);
  sweep.row_orders[1][37 * 5 + 33] = sweep.row_orders[1][37 * 5 + 36];  // both in the last batch
  EXPECT_EQ(spaces_of(sweep)[0], Space::weights);
}

}  // namespace
}  // namespace lrscape::test
