#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "awkward_sweep.hpp"
#include "backends.hpp"

// Compares training in Gram space with training on the weights. tests/trajectory_test.cpp compares
// both with PyTorch.
namespace lrscape::test {
namespace {

/// A sweep of one form of SGD on 37 rows of 83 features in batches of 8. No learning rate diverges:
/// the largest eigenvalue of the loss's Hessian is near 300.
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

/// The largest difference between the weights of `run` in `a` and in `b`, relative to the largest
/// weight in `b`.
double distance(const RunResults& a, const RunResults& b, std::size_t run, std::size_t features) {
  double difference = 0;
  double size = 0;
  for (std::size_t j = run * features; j < (run + 1) * features; ++j) {
    difference = std::max(difference, std::abs(a.weights[j] - b.weights[j]));
    size = std::max(size, std::abs(b.weights[j]));
  }
  return difference / size;
}

TEST(GramSpace, GivesTheLossesAndWeightsOfTheDirectPath) {
  // The bound that the issue requires. The roundings of 30 steps, 1e-16 each, stay far below it.
  // Training that drops a row, a decay or a momentum is off by at least 1e-5.
  constexpr double tolerance = 1e-12;
  const NamedValues forms[] = {{},
                               {{"momentum", 0.9}},
                               {{"momentum", 0.9}, {"dampening", 0.4}},
                               {{"momentum", 0.9}, {"nesterov", 1}}};
  for (const std::string optimizer : {"sgd", "sgdw"})
    for (std::size_t form = 0; form < std::size(forms); ++form)
      for (const std::string schedule : {"constant", "cosine:warmup=5", "sqrt-epoch"}) {
        Sweep sweep = calm_sweep(optimizer, forms[form], schedule);
        ASSERT_EQ(spaces_of(sweep)[0], Space::gram);
        Sweep direct = sweep;
        direct.gram = GramMode::off;
        ASSERT_EQ(spaces_of(direct)[0], Space::weights);
        const auto expected = train(direct, every_backend().front());
        for (const auto& options : every_backend()) {
          const auto what = optimizer + ", form " + std::to_string(form) + ", " + schedule +
                            " on " + name_of(options);
          const auto result = train(sweep, options);
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
  direct.gram = GramMode::off;
  const auto expected = train(direct, every_backend().front());
  const auto result = train(sweep, every_backend().front());
  // In each of the two spaces, 30 steps round predictions, sums of 83 products, to 6e-8.
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
  EXPECT_EQ(spaces_of(sweep)[0], Space::weights);
  const auto expected = train(sweep, every_backend().front());
  sweep.gram = GramMode::on;
  EXPECT_EQ(spaces_of(sweep)[0], Space::gram);
  for (const auto& options : every_backend()) {
    const auto result = train(sweep, options);
    // The same tolerance as in double precision above.
    expect_close(result[0].validation_loss, expected[0].validation_loss, 1e-12, name_of(options));
  }
}

TEST(GramSpace, DivergesWhereTheDirectPathDoes) {
  Sweep sweep = awkward_sweep(Precision::fp64);
  std::erase_if(sweep.optimizers,
                [](const OptimizerSpec& spec) { return !can_run_in_gram_space(spec); });
  ASSERT_EQ(sweep.optimizers.size(), 2U);
  // In 300 steps, a run that grows by a factor of 30 or more per step overflows a double. A run
  // with a factor below 1 never does.
  sweep.learning_rates = {1e-5, 1e-4, 1e-3, 1, 30, 1e5};
  sweep.epochs = 60;
  const auto result = train(sweep, every_backend().front());
  sweep.gram = GramMode::off;
  const auto expected = train(sweep, every_backend().front());
  std::size_t diverged = 0;
  for (std::size_t unit = 0; unit < expected.size(); ++unit) {
    EXPECT_EQ(result[unit].status, expected[unit].status) << unit;
    for (const auto status : expected[unit].status) diverged += status == RunStatus::diverged;
  }
  EXPECT_GE(diverged, 4 * 3 * 5U - 5U);
}

TEST(RowProducts, AreThoseOfTheRows) {
  // Whole numbers so small that their sums are exact in any order.
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
  constexpr std::size_t columns = 32;  // a multiple of every instruction set's lanes
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
