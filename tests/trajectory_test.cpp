#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "backends.hpp"
#include "oracle.hpp"

namespace lrscape::test {
namespace {

/// The bound that the issue requires. The test vectors amplify a perturbation by a factor below 1,
/// as measured by make_trajectories.py. So two correct fp64 programs differ by at most a few 1e-16
/// per step, far below the bound.
constexpr double tolerance = 1e-10;

/// The largest difference, relative to the largest weight, since single weights may be close to 0.
double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0;
  double size = 0;
  for (std::size_t j = 0; j < b.size(); ++j) {
    difference = std::max(difference, std::abs(a[j] - b[j]));
    size = std::max(size, std::abs(b[j]));
  }
  return difference / size;
}

/// The same run, ended after `steps` steps.
Sweep shortened(Sweep sweep, std::int64_t steps) {
  sweep.epochs = steps / configurations(sweep)[0].steps_per_epoch(sweep.problem.features.rows);
  sweep.row_orders[0].resize(static_cast<std::size_t>(sweep.epochs) * sweep.problem.features.rows);
  return sweep;
}

TEST(Trajectory, OfEveryOptimizerIsThatOfPyTorchAndOfTheTextbook) {
  std::size_t compared = 0;
  std::size_t in_gram_space = 0;
  for (const auto& one : oracle_cases())
    for (const auto& sweep : in_every_space(one.sweep))
      for (const auto& options : every_backend())
        for (const auto& [steps, weights] : one.weights) {
          const auto all_steps = configurations(sweep)[0].steps(sweep.problem.features.rows);
          // A linear schedule depends on the horizon: a shorter run does not begin a longer one.
          if (sweep.schedule.name == "linear" && steps != all_steps) continue;
          const auto what = one.name + " after " + std::to_string(steps) + " steps on " +
                            name_of(options) + ", " + space_name(sweep);
          const auto result = train(shortened(sweep, steps), options).at(0);
          EXPECT_LE(distance(result.weights, weights), tolerance) << what;
          ++(sweep.gram == GramMode::on ? in_gram_space : compared);
          if (steps != all_steps) continue;
          EXPECT_NEAR(result.train_loss[0], one.train_loss, tolerance * one.train_loss) << what;
          EXPECT_NEAR(result.validation_loss[0], one.validation_loss,
                      tolerance * one.validation_loss)
              << what;
        }
  EXPECT_GE(compared, 27 * every_backend().size());
  EXPECT_GE(in_gram_space, 13 * every_backend().size());
}

TEST(Trajectory, OfAdamWInBothFormsIsTheSameWhereTheirDecaysAre) {
  // With a constant schedule, PT at (lr, wd) is LH at (lr, lr wd).
  for (auto one : oracle_cases()) {
    if (one.sweep.optimizers[0].name != "adamw-pt") continue;
    one.sweep.schedule = parse_schedule("constant");
    Sweep lh = one.sweep;
    lh.optimizers[0].name = "adamw-lh";
    lh.weight_decays[0] = one.sweep.learning_rates[0] * one.sweep.weight_decays[0];
    for (const auto precision : {Precision::fp32, Precision::fp64})
      for (const auto& options : every_backend()) {
        one.sweep.precision = lh.precision = precision;
        EXPECT_EQ(train(one.sweep, options).at(0).weights, train(lh, options).at(0).weights)
            << one.name << " on " << name_of(options);
      }
  }
}

TEST(Trajectory, InSinglePrecisionStaysNearTheOneInDouble) {
  for (auto one : oracle_cases()) {
    one.sweep.precision = Precision::fp32;
    for (const auto& sweep : in_every_space(one.sweep)) {
      const auto result = train(sweep, every_backend().front()).at(0);
      // Each of 500 steps rounds to 6e-8. Adam's division by the root of v doubles that.
      EXPECT_LE(distance(result.weights, one.weights.at(500)), 500 * 2 * 6e-8)
          << one.name << ", " << space_name(sweep);
    }
  }
}

}  // namespace
}  // namespace lrscape::test
