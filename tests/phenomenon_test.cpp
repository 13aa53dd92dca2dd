#include <gtest/gtest.h>

#include <cmath>

#include "backends.hpp"
#include "lrscape/analysis.hpp"

namespace lrscape::test {
namespace {

std::vector<double> logarithmic(double low, double high, std::size_t count) {
  std::vector<double> values;
  for (std::size_t k = 0; k < count; ++k)
    values.push_back(low *
                     std::pow(high / low, static_cast<double>(k) / static_cast<double>(count - 1)));
  return values;
}

/// The loss map of the default problem: 40 x 40 cells, averaged over five seeds.
LossMap default_map(std::string_view optimizer, double lowest_decay, double highest_decay) {
  Sweep sweep;
  sweep.problem = make_synthetic({});
  sweep.optimizers = {choose_optimizer(optimizer, {})};
  sweep.learning_rates = logarithmic(1e-4, 3.2, 40);
  sweep.weight_decays = logarithmic(lowest_decay, highest_decay, 40);
  sweep.seeds = 5;
  DeviceOptions options;
  const auto units = train(sweep, options);
  LossMap map = {sweep.learning_rates, sweep.weight_decays, std::vector<double>(1600)};
  for (const auto& unit : units)
    for (std::size_t cell = 0; cell < 1600; ++cell)
      map.loss[cell] += unit.validation_loss[cell] / 5;
  return map;
}

// The issue requires these slopes over at least two decades of learning rates.
TEST(Decoupling, MakesTheBestWeightDecayOfAdamWPtFallAsOneOverTheLearningRate) {
  const auto ridge = fit_ridge(default_map("adamw-pt", 3.2e-4, 10), 0.009, 1.15);
  ASSERT_TRUE(ridge);
  EXPECT_GE(ridge->highest_learning_rate / ridge->lowest_learning_rate, 100);
  EXPECT_NEAR(ridge->slope, -1, 0.25);
}

TEST(Decoupling, LeavesTheBestWeightDecayOfAdamWLhWhereItIs) {
  const auto ridge = fit_ridge(default_map("adamw-lh", 3.2e-5, 1), 0.009, 1.15);
  ASSERT_TRUE(ridge);
  EXPECT_GE(ridge->highest_learning_rate / ridge->lowest_learning_rate, 100);
  EXPECT_NEAR(ridge->slope, 0, 0.25);
}

}  // namespace
}  // namespace lrscape::test
