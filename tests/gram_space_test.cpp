#include <gtest/gtest.h>

#include <cmath>

#include "awkward_sweep.hpp"
#include "backends.hpp"

// Gram space against the weights themselves. tests/trajectory_test.cpp compares both with PyTorch.
namespace lrscape::test {
namespace {

/// Every form of SGD on 37 rows in batches of 8 and 83 features; no learning rate diverges: the largest
/// eigenvalue of the loss is near 300.
Sweep calm_sweep(std::string_view optimizer, const NamedValues& hyperparameters,
                 std::string_view schedule) {
  Sweep sweep = awkward_sweep(Precision::fp64);
  sweep.optimizers = {choose_optimizer(optimizer, hyperparameters)};
  sweep.learning_rates = {1e-5, 1e-4, 1e-3};
  sweep.weight_decays = {0, 1e-3, 1};
  sweep.schedule = parse_schedule(schedule);
  return sweep;
}

void expect_close(const std::vector<double>& values, const std::vector<double>& expected,
                  double tolerance, const std::string& what) {
  ASSERT_EQ(values.size(), expected.size()) << what;
  for (std::size_t k = 0; k < values.size(); ++k)
    EXPECT_NEAR(values[k], expected[k], tolerance * expected[k]) << what << ", loss " << k;
}

/// The largest difference of two runs' weights, relative to the largest weight.
double distance(const UnitResult& a, const UnitResult& b, std::size_t run, std::size_t features) {
  double difference = 0;
  double size = 0;
  for (std::size_t j = run * features; j < (run + 1) * features; ++j) {
    difference = std::max(difference, std::abs(a.weights[j] - b.weights[j]));
    size = std::max(size, std::abs(b.weights[j]));
  }
  return difference / size;
}

TEST(GramSpace, GivesTheLossesAndWeightsOfTheDirectPath) {
  // The bar. 30 steps that round to 1e-16 each are far below it, and so is a path that forgets
  // nothing; one that drops a row, a decay or a momentum is off by 1e-5 and more.
  constexpr double tolerance = 1e-12;
  const NamedValues forms[] = {{},
                               {{"momentum", 0.9}},
                               {{"momentum", 0.9}, {"dampening", 0.4}},
                               {{"momentum", 0.9}, {"nesterov", 1}}};
  for (const std::string optimizer : {"sgd", "sgdw"})
    for (std::size_t form = 0; form < std::size(forms); ++form)
      for (const std::string schedule : {"constant", "cosine:warmup=5", "sqrt-epoch"}) {
        Sweep sweep = calm_sweep(optimizer, forms[form], schedule);
        ASSERT_EQ(space_of(sweep, 0), Space::gram);
        Sweep direct = sweep;
        direct.gram = GramChoice::off;
        ASSERT_EQ(space_of(direct, 0), Space::weights);
        const auto expected = run(direct, every_backend().front());
        for (const auto& options : every_backend()) {
          const auto what = optimizer + ", form " + std::to_string(form) + ", " + schedule +
                            " on " + name_of(options);
          const auto result = run(sweep, options);
          for (std::size_t seed = 0; seed < result.size(); ++seed) {
            ASSERT_EQ(expected[seed].status, std::vector(9, RunStatus::ok)) << what;
            EXPECT_EQ(result[seed].status, expected[seed].status) << what;
            expect_close(result[seed].validation_loss, expected[seed].validation_loss, tolerance,
                         what);
            expect_close(result[seed].train_loss, expected[seed].train_loss, tolerance, what);
            for (std::size_t k = 0; k < 9; ++k)
              EXPECT_LE(distance(result[seed], expected[seed], k, 83), tolerance) << what;
          }
        }
      }
}

TEST(GramSpace, StaysNearTheDirectPathInSinglePrecision) {
  Sweep sweep = calm_sweep("sgd", {{"momentum", 0.9}}, "constant");
  sweep.precision = Precision::fp32;
  Sweep direct = sweep;
  direct.gram = GramChoice::off;
  const auto expected = run(direct, every_backend().front());
  const auto result = run(sweep, every_backend().front());
  // 30 steps that each round predictions to 6e-8 of 83 products, in either space.
  for (std::size_t seed = 0; seed < result.size(); ++seed)
    expect_close(result[seed].validation_loss, expected[seed].validation_loss, 30 * 2 * 6e-8,
                 "fp32");
}

TEST(GramSpace, HoldsMoreRowsThanFeaturesIfAskedTo) {
  Sweep sweep = calm_sweep("sgd", {{"momentum", 0.9}}, "constant");
  SyntheticProblem tall;
  tall.rows = 50;
  tall.validation_rows = 9;
  tall.features = 7;
  sweep.problem = make_synthetic(tall);
  EXPECT_EQ(space_of(sweep, 0), Space::weights);
  const auto expected = run(sweep, every_backend().front());
  sweep.gram = GramChoice::on;
  EXPECT_EQ(space_of(sweep, 0), Space::gram);
  for (const auto& options : every_backend()) {
    const auto result = run(sweep, options);
    // As above.
    expect_close(result[0].validation_loss, expected[0].validation_loss, 1e-12, name_of(options));
  }
}

TEST(GramSpace, DivergesWhereTheDirectPathDoes) {
  Sweep sweep = awkward_sweep(Precision::fp64);
  std::erase_if(sweep.optimizers,
                [](const Choice& choice) { return !can_run_in_gram_space(choice); });
  ASSERT_EQ(sweep.optimizers.size(), 2U);
  // 300 steps: from a factor of 30 a step on a run leaves the range of a double, and below 1 none does.
  sweep.learning_rates = {1e-5, 1e-4, 1e-3, 1, 30, 1e5};
  sweep.epochs = 60;
  const auto result = run(sweep, every_backend().front());
  sweep.gram = GramChoice::off;
  const auto expected = run(sweep, every_backend().front());
  std::size_t diverged = 0;
  for (std::size_t unit = 0; unit < expected.size(); ++unit) {
    EXPECT_EQ(result[unit].status, expected[unit].status) << unit;
    for (const auto status : expected[unit].status) diverged += status == RunStatus::diverged;
  }
  EXPECT_GE(diverged, 4 * 3 * 5U - 5U);
}

TEST(GramSpace, IsChosenForWhatGainsByItAlone) {
  Sweep sweep = awkward_sweep(Precision::fp32);
  for (std::size_t k = 0; k < sweep.optimizers.size(); ++k) {
    const bool sgd = sweep.optimizers[k].name.starts_with("sgd");
    EXPECT_EQ(space_of(sweep, k) == Space::gram, sgd) << sweep.optimizers[k].name;
  }
  const auto space_with = [&](auto change) {
    Sweep changed = sweep;
    changed.optimizers = {choose_optimizer("sgd", {})};
    change(changed);
    return space_of(changed, 0);
  };
  EXPECT_EQ(space_with([](Sweep&) {}), Space::gram);
  EXPECT_EQ(space_with([](Sweep& s) { s.gram = GramChoice::off; }), Space::weights);
  const auto features = [&](std::size_t count, double value = 1,
                            Precision precision = Precision::fp32) {
    return space_with([&](Sweep& s) {
      s.problem.features = Matrix(37, count);
      s.problem.features(1, 1) = -value;
      s.problem.validation_features = Matrix(23, count);
      s.precision = precision;
    });
  };
  EXPECT_EQ(features(38), Space::gram);
  EXPECT_EQ(features(37), Space::weights);
  EXPECT_EQ(features(36), Space::weights);
  // Squares of 1e20 and 1e-20 are out of the range of a float with 7 digits, but not of a double.
  for (const double value : {1e20, 1e-20}) {
    EXPECT_EQ(features(38, value), Space::weights) << value;
    EXPECT_EQ(features(38, value, Precision::fp64), Space::gram) << value;
  }
  // The products take 37 (37 + 23) 83 = 184,260 multiply-adds. A run of one epoch with one loss on the
  // 23 rows saves 83 (2 37 + 23) - 37 (37 + 23) = 5,831: 31.6 runs repay them.
  const auto runs = [&](std::int64_t count) {
    return space_with([&](Sweep& s) {
      s.learning_rates = {0.1};
      s.weight_decays = {0};
      s.seeds = count;
      s.epochs = 1;
      s.train_loss = false;
    });
  };
  EXPECT_EQ(runs(31), Space::weights);
  EXPECT_EQ(runs(32), Space::gram);
}

TEST(GramSpace, IsNotChosenWhereABatchHoldsARowTwice) {
  Sweep sweep = awkward_sweep(Precision::fp32);
  sweep.optimizers = {choose_optimizer("sgd", {})};
  for (std::int64_t seed = 0; seed < sweep.seeds; ++seed)
    sweep.row_orders.push_back(row_order(static_cast<std::uint64_t>(seed), sweep.epochs, 37));
  EXPECT_EQ(space_of(sweep, 0), Space::gram);
  sweep.row_orders[1][37 * 5 + 33] = sweep.row_orders[1][37 * 5 + 36];  // both in the last batch
  EXPECT_EQ(space_of(sweep, 0), Space::weights);
}

TEST(RowProducts, AreThoseOfTheRows) {
  // Whole numbers small enough to be exact in any order.
  for (const std::size_t columns : {1, 15, 16, 17, 100}) {
    Matrix left(7, columns);
    Matrix right(35, columns);
    for (std::size_t k = 0; k < left.values.size(); ++k)
      left.values[k] = static_cast<double>(k * k % 23) - 11;
    for (std::size_t k = 0; k < right.values.size(); ++k)
      right.values[k] = static_cast<double>(k * k % 29) - 14;
    for (const int threads : {1, 3}) {
      const Matrix products = row_products(left, right, threads);
      ASSERT_EQ(products.rows, 7U);
      ASSERT_EQ(products.columns, 35U);
      for (std::size_t i = 0; i < left.rows; ++i)
        for (std::size_t k = 0; k < right.rows; ++k) {
          double expected = 0;
          for (std::size_t j = 0; j < columns; ++j) expected += left(i, j) * right(k, j);
          EXPECT_EQ(products(i, k), expected) << columns << " columns, " << i << ", " << k;
        }
    }
  }
}

TEST(RowProducts, HaveTheSameBitsOnEveryInstructionSet) {
  constexpr std::int32_t rows = 13;
  constexpr std::int32_t stride = 80;
  constexpr std::size_t columns = 32;  // as many as any instruction set takes at once
  std::vector<double> left(rows * stride);
  std::vector<double> right(columns * stride);
  for (std::size_t k = 0; k < left.size(); ++k) left[k] = std::sin(static_cast<double>(k));
  for (std::size_t k = 0; k < right.size(); ++k) right[k] = std::cos(static_cast<double>(k));
  const auto products_by = [&](const cpu::Implementation& code) {
    const auto lanes = static_cast<std::size_t>(code.fp64_runs);
    EXPECT_EQ(columns % lanes, 0U);
    std::vector<double> products(rows * columns);
    for (std::size_t first = 0; first < columns; first += lanes) {
      alignas(64) double panel[stride * columns] = {};
      alignas(64) double sums[rows * columns] = {};
      for (std::size_t lane = 0; lane < lanes; ++lane)
        for (std::size_t j = 0; j < stride; ++j)
          panel[j * lanes + lane] = right[(first + lane) * stride + j];
      code.row_products(left.data(), rows, stride, panel, sums);
      for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t lane = 0; lane < lanes; ++lane)
          products[i * columns + first + lane] = sums[i * lanes + lane];
    }
    return products;
  };
  const auto expected = products_by(cpu::plain);
  for (const auto* code : cpu::implementations())
    EXPECT_EQ(products_by(*code), expected) << code->name;
}

}  // namespace
}  // namespace lrscape::test
