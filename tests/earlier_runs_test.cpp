#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "awkward_sweep.hpp"
#include "lrscape/run.hpp"
#include "stored_sweep.hpp"

namespace lrscape::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class EarlierRunsTest : public Store {
 protected:
  EarlierRunsTest() { cpu_.device = "cpu"; }

  /// Trains the sweep, or a shard of it, into a store of this name.
  std::filesystem::path trained(const std::string& name, const Sweep& sweep,
                                const Shard& shard = {}) const {
    const auto path = folder / name;
    const PreparedSweep& all = prepared(sweep);
    StoreSink sink(path, all, {});
    run(all, *make_backend(all, cpu_), sink, {}, shard);
    return path;
  }

  /// Trains the sweep in memory with the runs of earlier results. Expects the losses of a sweep
  /// without them, to the bit.
  Report reuse(const Sweep& sweep, const std::vector<std::filesystem::path>& results) const {
    const PreparedSweep& all = prepared(sweep);
    const EarlierRuns earlier(results, all);
    EXPECT_THAT(earlier.warnings(), testing::IsEmpty());
    MemorySink sink(sweep);
    const Report report = run(all, *make_backend(all, cpu_), sink, {}, {}, &earlier);
    const Result fresh = run(sweep, cpu_);
    const auto equal = [](double a, double b) {
      return a == b || (std::isnan(a) && std::isnan(b));
    };
    EXPECT_TRUE(std::ranges::equal(sink.result().validation_loss, fresh.validation_loss, equal));
    EXPECT_TRUE(std::ranges::equal(sink.result().train_loss, fresh.train_loss, equal));
    EXPECT_EQ(sink.result().status, fresh.status);
    EXPECT_EQ(sink.result().diverged_at_epoch, fresh.diverged_at_epoch);
    EXPECT_EQ(report.trained_runs + report.known_runs, fresh.run_count());
    return report;
  }

  std::string refusal(const Sweep& sweep, const std::filesystem::path& result) const {
    const EarlierRuns earlier(std::vector{result}, prepared(sweep));
    const Unit first = units_of(sweep, even_cut(sweep)).front();
    for (const RunStatus status : earlier.of(first).status) EXPECT_EQ(status, RunStatus::not_run);
    return earlier.warnings().empty() ? "" : earlier.warnings().front();
  }

  DeviceOptions cpu_;
};

/// A sweep of 2 x 3 x 2 x 2 runs, some of which diverge.
Sweep small_sweep() {
  Sweep sweep = awkward_sweep(Precision::fp32);
  sweep.optimizers = {choose_optimizer("adamw-pt", {}), choose_optimizer("sgd", {})};
  sweep.learning_rates = {1e-3, 0.05, 1e20};
  sweep.weight_decays = {0, 0.1};
  sweep.first_seed = 3;
  sweep.seeds = 2;
  sweep.epochs = 3;
  sweep.record_epochs = false;
  sweep.train_loss = false;
  sweep.batch_size = 8;
  sweep.schedule = parse_schedule("linear");
  return sweep;
}

/// The number of runs of `sweep` that `earlier` has as well.
std::size_t common_runs(const Sweep& sweep, const Sweep& earlier) {
  const auto same = [](const Configuration& a, const Configuration& b) {
    return a.optimizer.name == b.optimizer.name && a.optimizer.values == b.optimizer.values &&
           a.schedule.to_string() == b.schedule.to_string() && a.batch_size == b.batch_size &&
           a.epochs == b.epochs;
  };
  const auto common = [](const auto& here, const auto& there, const auto& equal) {
    std::size_t count = 0;
    for (const auto& value : here)
      count += std::ranges::any_of(there, [&](const auto& other) { return equal(value, other); });
    return count;
  };
  const std::equal_to<> equal;
  std::vector<std::int64_t> here, there;
  for (std::int64_t k = 0; k < sweep.seeds; ++k) here.push_back(sweep.first_seed + k);
  for (std::int64_t k = 0; k < earlier.seeds; ++k) there.push_back(earlier.first_seed + k);
  return common(configurations(sweep), configurations(earlier), same) *
         common(sweep.learning_rates, earlier.learning_rates, equal) *
         common(sweep.weight_decays, earlier.weight_decays, equal) * common(here, there, equal);
}

/// The values in any order, perhaps without one of them.
template <class Value>
std::vector<Value> some_of(std::vector<Value> values, std::mt19937& random) {
  std::ranges::shuffle(values, random);
  values.resize(values.size() - random() % 2);
  return values;
}

Sweep overlapping_sweep(std::mt19937& random) {
  Sweep sweep = small_sweep();
  sweep.learning_rates = some_of(std::vector{1e-3, 0.05, 0.5, 1e20}, random);
  sweep.weight_decays = some_of(std::vector{0.0, 0.1, 0.01}, random);
  sweep.optimizers = some_of(sweep.optimizers, random);
  std::ranges::sort(sweep.learning_rates);
  std::ranges::sort(sweep.weight_decays);
  sweep.first_seed = static_cast<std::int64_t>(random() % 3);
  sweep.seeds = 2 + static_cast<std::int64_t>(random() % 2);
  sweep.axes.schedules =
      some_of(std::vector{parse_schedule("linear"), parse_schedule("cosine:warmup=2")}, random);
  sweep.axes.batch_sizes = some_of(std::vector<std::int64_t>{3, 8, 16}, random);
  sweep.axes.epochs = some_of(std::vector<std::int64_t>{1, 2, 3}, random);
  if (sweep.optimizers.size() == 1)
    sweep.axes.parameters = {
        {sweep.optimizers[0].name == "sgd" ? "momentum" : "beta2", {0.9, 0.99}}};
  return sweep;
}

TEST_F(EarlierRunsTest, AreExactlyThoseThatBothSweepsHave) {
  std::mt19937 random(3);
  std::size_t all = 0;
  for (int k = 0; k < 30; ++k) {
    SCOPED_TRACE(k);
    Sweep earlier = overlapping_sweep(random);
    Sweep sweep = overlapping_sweep(random);
    earlier.record_epochs = random() % 2 == 0;
    sweep.record_epochs = earlier.record_epochs && random() % 2 == 0;
    earlier.train_loss = random() % 2 == 0;
    sweep.train_loss = earlier.train_loss && random() % 2 == 0;
    const std::size_t common = common_runs(sweep, earlier);
    const auto path = trained(std::to_string(k), earlier);
    if (common == 0) {
      EXPECT_FALSE(refusal(sweep, path).empty());
      continue;
    }
    EXPECT_EQ(reuse(sweep, {path}).known_runs, common);
    all += common;
  }
  EXPECT_GT(all, 100U);
}

TEST_F(EarlierRunsTest, OfSeveralResultsAddUp) {
  Sweep earlier = small_sweep();
  const auto both_optimizers = trained("a", earlier);
  Sweep other_seed = earlier;
  other_seed.first_seed = 4;  // Seed 4 is in both.
  const auto seeds = trained("b", other_seed);
  Sweep sweep = earlier;
  sweep.seeds = 4;
  const Report report = reuse(sweep, {both_optimizers, seeds});
  EXPECT_EQ(report.known_runs, 2U * 3 * 2 * 3);
  EXPECT_EQ(report.trained_runs, 2U * 3 * 2 * 1);
}

TEST_F(EarlierRunsTest, AreNotThereBeforeTheyHaveRun) {
  Sweep earlier = small_sweep();
  for (double rate = 0.06; earlier.learning_rates.size() < 70; rate += 0.01)
    earlier.learning_rates.insert(earlier.learning_rates.end() - 1, rate);
  const PreparedSweep& all = prepared(earlier);
  const auto path = folder / "half";
  StoreSink sink(path, all, {});
  const Report half = run(all, *make_backend(all, cpu_), sink, {}, {0, 2});
  ASSERT_LT(half.trained_runs, 2U * 70 * 2 * 2);
  EXPECT_EQ(reuse(earlier, {path}).known_runs, half.trained_runs);
}

TEST_F(EarlierRunsTest, NeedTheSameSettings) {
  const auto path = trained("a", small_sweep());
  const auto refused = [&](const auto& change) {
    Sweep sweep = small_sweep();
    change(sweep);
    return refusal(sweep, path);
  };
  EXPECT_EQ(refused([](Sweep& s) { s.batch_size = 5; }),
            "no run of this sweep can be reused from " + path.string() +
                ": the batch size is 8 in the result, but 5 in this command");
  EXPECT_THAT(refused([](Sweep& s) { s.epochs = 2; }),
              HasSubstr("epochs is 3 in the result, but 2 in this command"));
  EXPECT_THAT(refused([](Sweep& s) { s.schedule = parse_schedule("cosine"); }),
              HasSubstr("the schedule is linear in the result, but cosine in this command"));
  EXPECT_THAT(refused([](Sweep& s) { s.precision = Precision::fp64; }),
              HasSubstr("the precision is fp32 in the result, but fp64 in this command"));
  EXPECT_THAT(refused([](Sweep& s) { s.problem.targets[5] += 1; }),
              HasSubstr("training targets differ"));
  EXPECT_THAT(refused([](Sweep& s) { s.problem.validation_features.values[5] += 1; }),
              HasSubstr("validation features differ"));
  EXPECT_THAT(
      refused([](Sweep& s) { s.record_epochs = true; }),
      HasSubstr("after the last epoch in the result, but after every epoch in this command"));
  EXPECT_THAT(refused([](Sweep& s) { s.train_loss = true; }), HasSubstr("records training losses"));
  EXPECT_THAT(refused([](Sweep& s) {
                s.optimizers = {choose_optimizer("adamw-pt", {{"beta2", 0.9}})};
              }),
              HasSubstr("beta2"));
  EXPECT_THAT(refused([](Sweep& s) { s.optimizers = {choose_optimizer("adamw-lh", {})}; }),
              HasSubstr("adamw-lh"));
  EXPECT_THAT(refused([](Sweep& s) { s.learning_rates = {0.02}; }),
              HasSubstr("share no learning rate"));
  EXPECT_THAT(refused([](Sweep& s) { s.weight_decays = {0.3}; }),
              HasSubstr("share no weight decay"));
  EXPECT_THAT(refused([](Sweep& s) { s.first_seed = 10; }), HasSubstr("share no seed"));
}

TEST_F(EarlierRunsTest, NeedTheSameSpace) {
  Sweep sweep = small_sweep();
  sweep.optimizers = {choose_optimizer("sgd", {})};
  sweep.gram = GramMode::on;
  const auto path = trained("a", sweep);
  sweep.gram = GramMode::off;
  EXPECT_THAT(refusal(sweep, path), HasSubstr("Gram space"));
}

TEST_F(EarlierRunsTest, NeedTheSameOrdersOfTheRows) {
  Sweep sweep = small_sweep();
  std::vector<std::int32_t> order;
  for (int epoch = 0; epoch < 3; ++epoch)
    for (std::int32_t row = 0; row < 37; ++row) order.push_back((row * 7 + epoch) % 37);
  const auto drawn = trained("drawn", sweep);
  sweep.row_orders = {order, order};
  const auto given = trained("given", sweep);
  EXPECT_FALSE(refusal(sweep, drawn).empty());
  EXPECT_EQ(reuse(sweep, {given}).known_runs, 24U);
  sweep.row_orders[1].swap(sweep.row_orders[0] = {order.rbegin(), order.rend()});
  EXPECT_FALSE(refusal(sweep, given).empty());
}

TEST_F(EarlierRunsTest, NeedReproducibleMath) {
  Sweep sweep = small_sweep();
  const auto path = trained("a", sweep);
  sweep.math = MathMode::fast;
  EXPECT_THAT([&] { EarlierRuns(std::vector{path}, prepared(sweep)); },
              testing::ThrowsMessage<InputError>(HasSubstr("depend on the device")));
}

TEST_F(EarlierRunsTest, AreCheckedBeforeTheyAreTaken) {
  const Sweep sweep = small_sweep();
  const auto path = trained("a", sweep);
  const auto chunk = path / "validation_loss" / "c.0.0.0.0";
  put(chunk, flipped(bytes_of(chunk), 3));
  EXPECT_THAT([&] { EarlierRuns(std::vector{path}, prepared(sweep)); },
              testing::ThrowsMessage<InputError>(HasSubstr("checksum does not match")));
}

/// The losses of these results are made up, so that each shows from where it was taken.
TEST_F(EarlierRunsTest, KeepTheirPlaces) {
  Shape shape;
  shape.record_epochs = true;
  shape.train_loss = true;
  const Sweep earlier = sweep_of(shape);
  make(earlier);
  Sweep sweep = earlier;
  sweep.optimizers = {choose_optimizer("sgd", {}), choose_optimizer("adamw-lh", {})};
  sweep.learning_rates = {0.1, 0.15, earlier.learning_rates[2]};
  sweep.weight_decays = {0.005, 0.02};
  sweep.first_seed = 6;
  sweep.record_epochs = false;
  const EarlierRuns runs(std::vector{where()}, prepared(sweep));
  const RunResults of = runs.of({0, {0, 3}, {0, 2}, {0, 2}});
  // Rates 0 and 2 are 0 and 2 there, decay 1 is 2 there, and seed 1 is 0 there.
  for (std::size_t run = 0; run < 12; ++run) {
    const std::size_t rate = run / 4;
    const bool known = rate != 1 && run % 4 == 3;
    const Place there = {1, rate, 2, 0};
    EXPECT_EQ(of.status[run], !known            ? RunStatus::not_run
                              : diverges(there) ? RunStatus::diverged
                                                : RunStatus::ok);
    if (!known) continue;
    EXPECT_EQ(of.validation_loss[run], loss_of(there, 2, Precision::fp32));
    EXPECT_EQ(of.train_loss[run], -loss_of(there, 2, Precision::fp32));
    EXPECT_EQ(of.diverged_at_epoch[run], diverges(there) ? 2 : -1);
  }
  for (const RunStatus status : runs.of({1, {0, 3}, {0, 2}, {0, 2}}).status)
    EXPECT_EQ(status, RunStatus::not_run);
}

}  // namespace
}  // namespace lrscape::test
