#include "train_kernel.cuh"

#include <gtest/gtest.h>

#include "awkward_sweep.hpp"
#include "backends.hpp"
#include "launch_plan.hpp"
#include "sweep/packed_sweep.hpp"

// The CUDA kernel itself, thread by thread, must give the bits of the CPU path.
namespace lrscape::test {
namespace {

template <class Real>
class EmulatedBackend {
 public:
  explicit EmulatedBackend(const Sweep& sweep) : sweep_(sweep), packed_(sweep) {}

  std::vector<UnitResult> run(std::span<const WorkUnit> units,
                              const emulation::Schedule& schedule) {
    std::vector<UnitResult> results;
    for (const auto& unit : units)
      results.push_back(empty_result(sweep_, unit.learning_rate.size(), true));
    const auto eta = evaluate(sweep_.schedule, sweep_.steps(), sweep_.steps_per_epoch());
    for (std::size_t optimizer = 0; optimizer < sweep_.optimizers.size(); ++optimizer) {
      std::vector<std::size_t> chosen;
      for (std::size_t u = 0; u < units.size(); ++u)
        if (units[u].optimizer == optimizer) chosen.push_back(u);
      const auto plan = plan_launch<Real>(units, chosen, emulated::block_threads);
      const Choice& choice = sweep_.optimizers[optimizer];
      Optimizers::with_name(choice.name, [&]<class O>() {
        launch<O>(plan, optimizer_steps<O, Real>(choice, eta), schedule, results);
      });
    }
    return results;
  }

 private:
  template <class Optimizer>
  void launch(const LaunchPlan<Real>& plan,
              const std::vector<typename Optimizer::template Step<Real>>& steps,
              const emulation::Schedule& schedule, std::span<UnitResult> results) {
    const TrainingView<Real> view = packed_.view();
    const std::size_t threads = plan.threads();
    const auto records = static_cast<std::size_t>(sweep_.recorded_epochs());
    const auto stride = static_cast<std::size_t>(view.stride);
    std::vector<std::int32_t> orders;
    for (const auto& order : packed_.row_orders)
      orders.insert(orders.end(), order.begin(), order.end());
    // Outputs start as NaN: what the kernel does not write would show.
    constexpr Real nothing = std::numeric_limits<Real>::quiet_NaN();
    std::vector<Real> weights(stride * threads);
    std::vector<Real> states(stride * threads * Optimizer::state_slots);
    std::vector<Real> derivative(static_cast<std::size_t>(view.batch_size) * threads, nothing);
    std::vector<Real> validation_loss(records * threads, nothing);
    std::vector<Real> train_loss(view.train_loss ? records * threads : 0, nothing);
    std::vector<std::int32_t> diverged_at(threads, -7);
    const emulated::LaunchArguments<Optimizer, Real> arguments = {
        view,
        steps.data(),
        orders.data(),
        plan.block_seed.data(),
        {plan.learning_rate.data(), plan.weight_decay.data(), plan.decay_rate.data()},
        weights.data(),
        states.data(),
        derivative.data(),
        validation_loss.data(),
        train_loss.data(),
        diverged_at.data()};
    emulation::launch(
        dim3(static_cast<unsigned>(plan.block_seed.size())), dim3(emulated::block_threads),
        emulated::staged_values * sizeof(Real),
        [&] { emulated::train<Optimizer, Real>(arguments); }, schedule);
    collect<Real>(plan, sweep_, validation_loss.data(),
                  view.train_loss ? train_loss.data() : nullptr, diverged_at.data(), weights.data(),
                  results);
  }

  const Sweep& sweep_;
  PackedSweep<Real> packed_;
};

std::vector<UnitResult> emulate(const Sweep& sweep, const emulation::Schedule& schedule = {}) {
  const auto units = every_unit(sweep);
  if (sweep.precision == Precision::fp64)
    return EmulatedBackend<double>(sweep).run(units, schedule);
  return EmulatedBackend<float>(sweep).run(units, schedule);
}

class TrainKernel : public testing::TestWithParam<Precision> {};

TEST_P(TrainKernel, GivesTheBitsOfTheCpuForEveryOptimizer) {
  Sweep sweep = awkward_sweep(GetParam());
  // 153 runs a unit: two blocks, the second filled up.
  sweep.weight_decays = {0,   1e-5, 1e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05,
                         0.1, 0.2,  0.5,  1,    2,    5,    10,   20};
  expect_same_bits(emulate(sweep), run(sweep, every_backend().front()), "emulated kernel");
}

TEST_P(TrainKernel, DoesNotDependOnTheOrderInWhichThreadsAndBlocksRun) {
  Sweep sweep = awkward_sweep(GetParam());
  sweep.optimizers.resize(1);
  sweep.epochs = 2;
  const auto expected = run(sweep, every_backend().front());
  expect_same_bits(emulate(sweep, {emulation::Order::reverse}), expected, "reverse");
  for (const std::uint64_t seed : {1, 2, 3})
    expect_same_bits(emulate(sweep, {emulation::Order::shuffled, seed}), expected, "shuffled");
}

TEST_P(TrainKernel, GivesTheBitsOfTheCpuForEveryShape) {
  // Around the sizes of its stages: 10 rows x 64 features and 40 rows x 16 features.
  for (const std::int64_t features : {1, 15, 16, 17, 63, 64, 65, 130})
    for (const std::int64_t rows : {1, 9, 10, 11, 39, 40, 41, 81}) {
      Sweep sweep = awkward_sweep(GetParam());
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
      for (const std::int64_t batch : {rows, rows / 2 + 1}) {
        sweep.batch_size = std::min(batch, rows);
        expect_same_bits(emulate(sweep), run(sweep, every_backend().front()),
                         "n=" + std::to_string(rows) + " d=" + std::to_string(features) +
                             " batch=" + std::to_string(sweep.batch_size));
      }
    }
}

TEST_P(TrainKernel, RecordsOnlyTheEndIfCurvesAreNotWanted) {
  Sweep sweep = awkward_sweep(GetParam());
  sweep.record_epochs = false;
  sweep.train_loss = false;
  expect_same_bits(emulate(sweep), run(sweep, every_backend().front()), "final losses");
}

INSTANTIATE_TEST_SUITE_P(InBothPrecisions, TrainKernel,
                         testing::Values(Precision::fp32, Precision::fp64),
                         [](const auto& precision) {
                           return precision.param == Precision::fp32 ? "fp32" : "fp64";
                         });

}  // namespace
}  // namespace lrscape::test
