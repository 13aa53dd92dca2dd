#include "lrscape/stop.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

#include "lrscape/bound/curve.hpp"
#include "lrscape/bound/extension.hpp"
#include "lrscape/error.hpp"
#include "lrscape/prepared_sweep.hpp"
#include "lrscape/problem.hpp"
#include "lrscape/run.hpp"

namespace lrscape::test {
namespace {

const std::atomic<bool> stop = true;

TEST(StopScope, EndsWithItsBlock) {
  {
    const StopScope scope(&stop);
    EXPECT_THROW(end_if_stopped(), InterruptedError);
    const StopScope none(nullptr);
    EXPECT_NO_THROW(end_if_stopped());
  }
  EXPECT_NO_THROW(end_if_stopped());
}

TEST(StopScope, EndsThePreparationOfASweepBoundsAndExtensions) {
  Sweep sweep;
  sweep.optimizers = {choose_optimizer("sgd", {})};
  sweep.learning_rates = {0.1};
  sweep.weight_decays = {0};
  sweep.gram = GramMode::on;
  sweep.problem = make_synthetic({.rows = 40, .validation_rows = 20, .features = 60});
  const std::vector<double> ones(50, 1);
  Extension extension;
  extension.schedule = parse_schedule("constant");
  extension.stage = 10;
  extension.stages = 3;
  const StopScope scope(&stop);
  EXPECT_THROW(make_synthetic({.rows = 40, .validation_rows = 20, .features = 60}),
               InterruptedError);
  EXPECT_THROW(PreparedSweep(sweep, 1), InterruptedError);
  for (const int threads : {1, 3})
    EXPECT_THROW(bound::curve(ones, ones, {bound::Method::direct, threads, {}}), InterruptedError);
  for (const auto by : {Extension::By::factor, Extension::By::cooldown}) {
    extension.by = by;
    extension.schedule = parse_schedule("wsd");
    EXPECT_THROW(extend(extension, 1), InterruptedError);
  }
}

// Unless it stops in the middle of a run, the CPU trains for many seconds and ends without an
// exception.
TEST(StopScope, IsNotNeededToStopInTheMiddleOfARun) {
  Sweep sweep;
  sweep.optimizers = {choose_optimizer("adamw-pt", {})};
  sweep.learning_rates = {1e-4};
  sweep.weight_decays = {0};
  sweep.epochs = 100'000;
  sweep.batch_size = 4;
  sweep.problem = make_synthetic({.rows = 4, .validation_rows = 4, .features = 20'000});
  std::atomic<bool> asked = false;
  std::jthread asking([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    asked = true;
  });
  DeviceOptions cpu;
  cpu.device = "cpu";
  Watch watch;
  watch.stop = &asked;
  EXPECT_THROW(run(sweep, cpu, watch), InterruptedError);
}

}  // namespace
}  // namespace lrscape::test
