#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "awkward_sweep.hpp"
#include "backends.hpp"
#include "lrscape/analysis.hpp"
#include "lrscape/error.hpp"
#include "lrscape/run.hpp"
#include "lrscape/store.hpp"
#include "program.hpp"

namespace lrscape::test {
namespace {

/// The sweep of one configuration alone.
Sweep alone(const Sweep& sweep, const Configuration& one) {
  Sweep single = sweep;
  single.axes = {};
  single.optimizers = {one.optimizer};
  single.schedule = one.schedule;
  single.batch_size = one.batch_size;
  single.epochs = one.epochs;
  return single;
}

/// Expects the losses, statuses and epochs of one configuration within `all` to be those of a sweep
/// of it alone, to the bit.
void expect_configuration(const Result& all, std::size_t configuration, const Result& single) {
  const std::size_t runs = single.run_count();
  const std::size_t records = all.recorded_epochs();
  for (std::size_t run = 0; run < runs; ++run) {
    const std::size_t at = configuration * runs + run;
    EXPECT_EQ(all.status[at], single.status[run]);
    EXPECT_EQ(all.diverged_at_epoch[at], single.diverged_at_epoch[run]);
    for (std::size_t e = 0; e < records; ++e) {
      const double loss = all.validation_loss[at * records + e];
      const double train = all.train_loss[at * records + e];
      if (e >= single.recorded_epochs()) {
        EXPECT_TRUE(std::isnan(loss) && std::isnan(train));
        continue;
      }
      EXPECT_EQ(loss, single.validation_loss[run * single.recorded_epochs() + e]);
      EXPECT_EQ(train, single.train_loss[run * single.recorded_epochs() + e]);
    }
  }
}

/// Axes drawn at random, of which some have a single value or none.
Sweep random_axes(std::mt19937& random, Precision precision) {
  const auto some = [&](auto values) {
    std::ranges::shuffle(values, random);
    values.resize(random() % (values.size() + 1));
    return values;
  };
  Sweep sweep = awkward_sweep(precision);
  sweep.learning_rates = {1e-3, 0.05, 2};
  sweep.weight_decays = {0, 0.1};
  sweep.seeds = 2;
  sweep.epochs = 2;
  sweep.schedule = parse_schedule("linear");
  const bool adam = random() % 2 == 0;
  sweep.optimizers =
      adam ? std::vector{choose_optimizer("adamw-pt", {}), choose_optimizer("adamw-lh", {})}
           : std::vector{choose_optimizer("sgd", {}), choose_optimizer("sgdw", {})};
  for (const std::string& name :
       adam ? std::vector<std::string>{"beta1", "beta2"} : std::vector<std::string>{"momentum"})
    if (auto values = some(std::vector{0.3, 0.9, 0.95}); !values.empty())
      sweep.axes.parameters.push_back({name, values});
  sweep.axes.schedules =
      some(std::vector{parse_schedule("linear"), parse_schedule("cosine:warmup=2"),
                       parse_schedule("wsd:cooldown=0.5")});
  sweep.axes.batch_sizes = some(std::vector<std::int64_t>{3, 8, 16});
  sweep.axes.epochs = some(std::vector<std::int64_t>{1, 2, 3});
  sweep.record_epochs = random() % 2 == 0;
  sweep.train_loss = true;
  return sweep;
}

TEST(Axes, GiveEveryCellTheBitsOfASweepOfItsSettingsAloneOnAGpu) {
  std::mt19937 random(14);
  for (const DeviceOptions& device : every_backend())
    for (const Precision precision : {Precision::fp32, Precision::fp64})
      for (int k = 0; k < 4; ++k) {
        const Sweep sweep = random_axes(random, precision);
        const auto all = configurations(sweep);
        const Result together = run(sweep, device);
        ASSERT_EQ(together.configuration_count(), all.size());
        for (std::size_t c = 0; c < all.size(); ++c) {
          SCOPED_TRACE(together.label_of(c));
          expect_configuration(together, c, run(alone(sweep, all[c]), device));
        }
      }
}

TEST(Axes, VaryTheLastFastest) {
  Sweep sweep = awkward_sweep(Precision::fp32);
  sweep.optimizers = {choose_optimizer("adamw-pt", {}), choose_optimizer("adam-l2", {})};
  sweep.axes = {{parse_schedule("constant"), parse_schedule("linear")},
                {{"beta2", {0.9, 0.99}}},
                {4, 8},
                {1, 2}};
  const auto all = configurations(sweep);
  ASSERT_EQ(all.size(), 32U);
  EXPECT_EQ(configuration_count(sweep), 32U);
  // 1 * 16 + 0 * 8 + 1 * 4 + 0 * 2 + 1
  const Configuration& one = all[21];
  EXPECT_EQ(one.optimizer.name, "adam-l2");
  EXPECT_EQ(one.schedule.name, "constant");
  EXPECT_EQ(one.optimizer.values, choose_optimizer("adam-l2", {{"beta2", 0.99}}).values);
  EXPECT_EQ(one.batch_size, 4);
  EXPECT_EQ(one.epochs, 2);
}

TEST(Axes, WithOneValueAreNoDimension) {
  Sweep sweep = awkward_sweep(Precision::fp32);
  sweep.axes.batch_sizes = {4};
  sweep.axes.epochs = {1};
  sweep.axes.parameters = {{"beta2", {0.9}}};
  sweep.optimizers = {choose_optimizer("adamw-pt", {})};
  EXPECT_TRUE(result_axes(sweep).empty());
  EXPECT_EQ(configurations(sweep).at(0).batch_size, 4);
}

TEST(Axes, AreRefusedIfTheyMakeNoSense) {
  const auto expect_refused = [](const auto& change, const std::string& part) {
    Sweep sweep = awkward_sweep(Precision::fp32);
    sweep.optimizers = {choose_optimizer("adamw-pt", {}), choose_optimizer("sgd", {})};
    change(sweep);
    EXPECT_THAT([&] { check(sweep); },
                testing::ThrowsMessage<InputError>(testing::HasSubstr(part)));
  };
  expect_refused(
      [](Sweep& s) {
        s.axes.parameters = {{"beta2", {0.9, 0.99}}};
      },
      "sgd has no beta2");
  expect_refused([](Sweep& s) { s.axes.batch_sizes = {4, 4}; }, "the batch size 4 is given twice");
  expect_refused([](Sweep& s) { s.axes.epochs = {1, 2, 1}; }, "number of epochs 1 is given twice");
  expect_refused([](Sweep& s) { s.axes.batch_sizes = {4, 4000}; }, "not 4000");
  expect_refused([](Sweep& s) { s.axes.epochs = {0, 1}; }, "not 0");
  expect_refused(
      [](Sweep& s) {
        s.axes.schedules = {parse_schedule("linear"), parse_schedule("linear")};
      },
      "the schedule linear is given twice");
  expect_refused(
      [](Sweep& s) {
        s.optimizers = {choose_optimizer("sgd", {})};
        s.axes.parameters = {{"momentum", {0.5, 1.5}}};
      },
      "momentum");
  expect_refused(
      [](Sweep& s) {
        s.optimizers = {choose_optimizer("sgd", {})};
        s.axes.parameters = {{"momentum", {0.5}}, {"momentum", {0.9}}};
      },
      "the axis momentum is given twice");
}

TEST(Axes, TellOptimizersOfOneNameApartByWhereTheyDiffer) {
  Sweep sweep = awkward_sweep(Precision::fp32);
  sweep.optimizers = {choose_optimizer("sgd", {}), choose_optimizer("adamw-pt", {{"beta2", 0.95}}),
                      choose_optimizer("sgd", {{"momentum", 0.9}, {"nesterov", 1}})};
  EXPECT_EQ(optimizer_labels(sweep),
            (std::vector<std::string>{"sgd:momentum=0,nesterov=false", "adamw-pt",
                                      "sgd:momentum=0.9,nesterov=true"}));
  EXPECT_NO_THROW(check(sweep));
  sweep.optimizers.push_back(choose_optimizer("sgd", {}));
  EXPECT_THAT([&] { check(sweep); }, testing::ThrowsMessage<InputError>(
                                         testing::HasSubstr("the optimizer sgd is given twice")));
}

class StoredAxes : public InFolder {
 protected:
  StoredAxes() { cpu_.device = "cpu"; }
  DeviceOptions cpu_;
};

TEST_F(StoredAxes, AreReadBackAsTheyWereRunInMemoryAndContinued) {
  std::mt19937 random(5);
  for (int k = 0; k < 6; ++k) {
    const PreparedSweep prepared(random_axes(random, Precision::fp32), 1);
    const Sweep& sweep = prepared.sweep();
    const auto path = folder / std::to_string(k);
    const auto backend = make_backend(prepared, cpu_);
    const auto fill = [&](const Shard& shard) {
      StoreSink sink(path, prepared, {"a device", "", "words"});
      return run(prepared, *backend, sink, {}, shard);
    };
    fill({0, 2});
    const Report second = fill({0, 1});
    EXPECT_GT(second.resumed_runs, 0U);
    const Result stored = read_result(path);
    const Result expected = run(sweep, cpu_);
    EXPECT_EQ(stored.optimizers, expected.optimizers);
    ASSERT_EQ(stored.axes.size(), expected.axes.size());
    for (std::size_t a = 0; a < stored.axes.size(); ++a) {
      EXPECT_EQ(stored.axes[a].name, expected.axes[a].name);
      EXPECT_EQ(stored.axes[a].labels, expected.axes[a].labels);
      EXPECT_EQ(stored.axes[a].values, expected.axes[a].values);
    }
    EXPECT_EQ(stored.status, expected.status);
    EXPECT_EQ(stored.diverged_at_epoch, expected.diverged_at_epoch);
    ASSERT_EQ(stored.validation_loss.size(), expected.validation_loss.size());
    for (std::size_t at = 0; at < stored.validation_loss.size(); ++at)
      if (!std::isnan(expected.validation_loss[at])) {
        EXPECT_EQ(stored.validation_loss[at], expected.validation_loss[at]);
      }
  }
}

}  // namespace
}  // namespace lrscape::test
