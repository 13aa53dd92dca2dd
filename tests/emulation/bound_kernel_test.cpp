#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "bound/multipole_curve.hpp"
#include "lrscape/bound/bound_sweep.hpp"
#include "lrscape/schedule/list.hpp"
#include "multipole_field.hpp"

// The kernels of bounds, thread by thread, must give the bits of the CPU path.
namespace lrscape::test {
namespace {

using Values = std::vector<double>;

/// What MultipoleField wants of a device.
struct EmulatedMachine {
  template <class T>
  using Array = std::vector<T>;

  emulation::Schedule schedule = {};

  template <class T>
  Array<T> array(std::size_t count) const {
    return Array<T>(count);
  }
  template <class Range>
  Values upload(const Range& values) const {
    return Values(values.begin(), values.end());
  }
  template <class Arguments>
  void launch(void (*kernel)(Arguments), std::int64_t blocks, int threads, std::size_t shared,
              const Arguments& arguments) const {
    emulation::launch(
        dim3(static_cast<unsigned>(blocks)), dim3(static_cast<unsigned>(threads)), shared,
        [&] { kernel(arguments); }, schedule);
  }
  std::int64_t scan(Array<std::int64_t>& counts) const {
    std::int64_t sum = 0;
    for (auto& count : counts) sum += std::exchange(count, sum);
    return counts.back();
  }
  Values download(const Values& values, std::size_t count) const {
    return {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count)};
  }
};

std::vector<std::pair<std::string, Values>> cases(std::size_t steps) {
  std::vector<std::pair<std::string, Values>> all;
  for (const std::string text : {"constant", "linear", "sqrt", "exponential:r=1e-200"})
    all.emplace_back(text, evaluate(parse_schedule(text), static_cast<std::int64_t>(steps), 1));
  std::mt19937_64 generator(3);
  std::uniform_real_distribution<double> decades(-100, 100);
  Values wild(steps);
  for (double& step : wild) step = std::pow(10, decades(generator));
  all.emplace_back("200 orders of magnitude", wild);
  if (steps > 10) {
    all[1].second[steps / 3] = 0;  // Left out before a device sees it.
    all[2].second[steps / 2] = 1e150;
  }
  return all;
}

void expect_same_curve(std::size_t steps, const emulation::Schedule& schedule) {
  for (const auto& [name, eta] : cases(steps)) {
    Values norms(steps);
    for (std::size_t k = 0; k < steps; ++k) norms[k] = k % 5 == 2 ? 0 : 1.5;
    EmulatedMachine machine{schedule};
    const auto emulated_curve = bound::multipole_curve(eta, norms, [&](auto positive, auto moved) {
      return emulated::MultipoleField(machine, positive, moved).run();
    });
    const auto curve = bound::curve(eta, norms, {.method = bound::Method::multipole});
    EXPECT_EQ(emulated_curve.gradients, curve.gradients) << name << ", " << steps << " steps";
  }
}

TEST(MultipoleKernels, HaveTheBitsOfTheCpu) {
  for (const std::size_t steps :
       {1UL, 2UL, 7UL, 63UL, 64UL, 65UL, 127UL, 128UL, 129UL, 192UL, 1000UL, 4097UL})
    expect_same_curve(steps, {});
}

TEST(MultipoleKernels, DoNotDependOnTheOrderOfThreads) {
  expect_same_curve(700, {emulation::Order::reverse});
  expect_same_curve(700, {emulation::Order::shuffled, 5});
}

/// Sums of schedules, by a kernel, at every horizon of `horizons`.
std::vector<bound::Sums<double>> sums(std::size_t schedules,
                                      const std::vector<std::int64_t>& horizons,
                                      emulated::WalkArguments arguments,
                                      void (*kernel)(emulated::WalkArguments), bool by_horizon) {
  std::vector<bound::Sums<double>> all(schedules * horizons.size(), {NAN, NAN});
  arguments.schedules = static_cast<std::int64_t>(schedules);
  arguments.horizons = horizons.data();
  arguments.horizon_count = static_cast<std::int64_t>(horizons.size());
  arguments.sums = all.data();
  constexpr unsigned threads = 32;
  const auto work = static_cast<unsigned>(by_horizon ? horizons.size() : schedules);
  emulation::launch(
      dim3((work + threads - 1) / threads, by_horizon ? 1 : static_cast<unsigned>(horizons.size())),
      dim3(threads), 0, [&] { kernel(arguments); });
  return all;
}

void expect_same_sums(const std::vector<bound::Sums<double>>& given, const BoundTable& expected) {
  ASSERT_EQ(given.size(), expected.sums.size());
  for (std::size_t k = 0; k < given.size(); ++k) {
    EXPECT_EQ(given[k].steps, expected.sums[k].steps) << k;
    EXPECT_EQ(given[k].gradients, expected.sums[k].gradients) << k;
  }
}

BoundSweep wsd_sweep() {
  BoundSweep sweep;
  for (int k = 0; k < 37; ++k) {
    auto schedule = parse_schedule(k % 2 == 0 ? "wsd:shape=sqrt" : "wsd:warmup=3,final=0.01");
    schedule.schedule.values[0] = k / 36.0;
    sweep.schedules.push_back(schedule);
  }
  sweep.steps = {101};
  sweep.horizons = {1, 2, 50, 101};
  sweep.norms = parse_gradient_norms("law:G2=1,A2=-0.5,B=0.5");
  return sweep;
}

TEST(WalkKernels, HaveTheBitsOfTheCpuForSchedulesThatAreFetched) {
  const auto sweep = wsd_sweep();
  const std::size_t schedules = sweep.schedules.size();
  Values eta(schedules * 101);
  for (std::size_t k = 0; k < schedules; ++k)
    evaluate(sweep.schedules[k], 101, 1, eta.data() + k, schedules);
  const auto norms = evaluate(sweep.norms, 101);
  emulated::WalkArguments arguments = {};
  arguments.eta = eta.data();
  arguments.norms = norms.data();
  expect_same_sums(sums(schedules, sweep.horizons, arguments, emulated::walk_schedules, false),
                   evaluate(sweep, BackendOptions{"cpu", 2, "", false}));
}

TEST(WalkKernels, HaveTheBitsOfTheCpuForSchedulesThatAreMadeOnTheDevice) {
  const auto sweep = wsd_sweep();
  Values values;
  std::vector<std::int64_t> warmup;
  Values final_value;
  for (const auto& schedule : sweep.schedules) {
    values.insert(values.end(), schedule.schedule.values.begin(), schedule.schedule.values.end());
    warmup.push_back(schedule.warmup);
    final_value.push_back(schedule.final_value);
  }
  const auto norms = evaluate(sweep.norms, 101);
  emulated::WalkArguments arguments = {};
  arguments.made = {values.data(), 2, warmup.data(), final_value.data(), 101, 1};
  arguments.norms = norms.data();
  expect_same_sums(sums(sweep.schedules.size(), sweep.horizons, arguments,
                        emulated::walk_made_schedules<schedule::Wsd>, false),
                   evaluate(sweep, BackendOptions{"cpu", 2, "", false}));
}

TEST(WalkKernels, HaveTheBitsOfTheCpuForEveryHorizon) {
  BoundSweep sweep;
  sweep.schedules = {parse_schedule("cosine:warmup=5")};
  sweep.steps = {150};
  sweep.anytime = true;
  sweep.method = bound::Method::direct;
  const auto eta = evaluate(sweep.schedules[0], 150, 1);
  const Values norms(150, 1.0);
  std::vector<std::int64_t> horizons;
  for (std::int64_t t = 1; t <= 150; ++t) horizons.push_back(t);
  emulated::WalkArguments arguments = {};
  arguments.eta = eta.data();
  arguments.norms = norms.data();
  expect_same_sums(sums(1, horizons, arguments, emulated::walk_horizons, true),
                   evaluate(sweep, BackendOptions{"cpu", 2, "", false}));
}

}  // namespace
}  // namespace lrscape::test
