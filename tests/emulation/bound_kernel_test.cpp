#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "bound/multipole_curve.hpp"
#include "emulation/emulated_gpu.hpp"
#include "lrscape/bound/bound_sweep.hpp"
#include "lrscape/schedule/list.hpp"
#include "multipole_field.hpp"
#include "walk_kernels.cuh"

// The kernels of bounds, emulated thread by thread, must give the bits of the CPU path.
namespace lrscape::test {
namespace {

using Values = std::vector<double>;

std::vector<std::pair<std::string, Values>> cases(std::size_t steps) {
  std::vector<std::pair<std::string, Values>> all;
  for (const std::string text : {"constant", "linear", "sqrt", "exponential:r=1e-200"})
    all.emplace_back(text, evaluate(parse_schedule(text), static_cast<std::int64_t>(steps), 1));
  std::mt19937_64 generator(3);
  std::uniform_real_distribution<double> decades(-100, 100);
  Values wild(steps);
  for (double& step : wild) step = std::pow(10, decades(generator));
  all.emplace_back("200 orders of magnitude", wild);
  // Most sums of this case overflow or underflow, and the host repairs them.
  for (double& step : wild) step = step > 1 ? step * 1e200 : step * 1e-200;
  all.emplace_back("600 orders of magnitude", wild);
  if (steps > 10) {
    all[1].second[steps / 3] = 0;  // Removed before the device runs.
    all[2].second[steps / 2] = 1e150;
  }
  return all;
}

void expect_same_curve(std::size_t steps, const emulation::Schedule& schedule) {
  for (const auto& [name, eta] : cases(steps)) {
    Values norms(steps);
    for (std::size_t k = 0; k < steps; ++k) norms[k] = k % 5 == 2 ? 0 : 1.5;
    const EmulatedGpu gpu(shared_bytes_of_h100, schedule);
    const auto emulated_curve =
        bound::multipole_curve(eta, norms, 1, [&](auto positive, auto its_norms, auto field) {
          emulated::MultipoleField(gpu, positive, its_norms).run(field);
        });
    const auto curve = bound::raw_curve(eta, norms, {.method = bound::Method::multipole});
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

/// Sums of the schedules at every horizon, computed by the kernel.
template <class AllSchedules>
std::vector<bound::Sums<double>> sums(const AllSchedules& all, std::size_t schedules,
                                      const Values& norms,
                                      const std::vector<std::int64_t>& horizons) {
  std::vector<bound::Sums<double>> result(schedules * horizons.size(), {NAN, NAN});
  const emulated::WalkArguments<AllSchedules> arguments = {
      all,
      norms.data(),
      static_cast<std::int64_t>(schedules),
      horizons.data(),
      static_cast<std::int64_t>(horizons.size()),
      result.data()};
  constexpr unsigned threads = 32;
  const auto walks = static_cast<unsigned>(result.size());
  emulation::launch(dim3((walks + threads - 1) / threads), dim3(threads), 0,
                    [&] { emulated::walk_schedules(arguments); });
  return result;
}

void expect_same_sums(const std::vector<bound::Sums<double>>& given, const BoundTable& expected) {
  ASSERT_EQ(given.size(), expected.sums.size());
  for (std::size_t k = 0; k < given.size(); ++k) {
    EXPECT_EQ(given[k].path, expected.sums[k].path) << k;
    EXPECT_EQ(given[k].gradients, expected.sums[k].gradients) << k;
  }
}

BoundSweep wsd_sweep() {
  BoundSweep sweep;
  for (int k = 0; k < 37; ++k) {
    auto schedule = parse_schedule(k % 2 == 0 ? "wsd:shape=sqrt" : "wsd:warmup=3,final=0.01");
    set_parameter(schedule, "cooldown", k / 40.0);
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
    evaluate(sweep.schedules[k], 101, 1, 1, 101, eta.data() + k, schedules);
  const auto norms = evaluate(sweep.norms, 101);
  const emulated::StoredSchedules all = {eta.data(), static_cast<std::int64_t>(schedules)};
  expect_same_sums(sums(all, schedules, norms, sweep.horizons),
                   evaluate(sweep, DeviceOptions{"cpu", 2, ""}));
}

template <class Schedule>
void expect_made_on_the_device(const BoundSweep& sweep) {
  Values values;
  std::vector<Envelope> envelopes;
  for (const auto& schedule : sweep.schedules) {
    values.insert(values.end(), schedule.values.begin(), schedule.values.end());
    envelopes.push_back(schedule.envelope);
  }
  const auto norms = evaluate(sweep.norms, 101);
  const emulated::MadeSchedules<Schedule> all = {values.data(), envelopes.data(), 101,
                                                 sweep.steps_per_epoch};
  expect_same_sums(sums(all, sweep.schedules.size(), norms, sweep.horizons),
                   evaluate(sweep, DeviceOptions{"cpu", 2, ""}));
}

TEST(WalkKernels, HaveTheBitsOfTheCpuForSchedulesThatAreMadeOnTheDevice) {
  expect_made_on_the_device<schedule::Wsd>(wsd_sweep());
  const auto expect = [&]<class Schedule>() {
    BoundSweep sweep = wsd_sweep();
    sweep.steps_per_epoch = 7;
    sweep.schedules.clear();
    for (const std::string around :
         {"warmup=0", "warmup=9", "cooldown=0.3", "warmup=9,cooldown-steps=40,shape=sqrt",
          "warmup=4,cooldown=0.5,final=0.1", "cooldown=1,shape=sqrt,final=0.2"})
      sweep.schedules.push_back(parse_schedule(std::string(Schedule::name) + ":" + around));
    expect_made_on_the_device<Schedule>(sweep);
  };
  Schedules::for_each([&]<class Schedule>() {
    if constexpr (Portable<Schedule>) expect.template operator()<Schedule>();
  });
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
  expect_same_sums(sums(emulated::StoredSchedules{eta.data(), 1}, 1, norms, horizons),
                   evaluate(sweep, DeviceOptions{"cpu", 2, ""}));
}

}  // namespace
}  // namespace lrscape::test
