#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "awkward_sweep.hpp"
#include "backends.hpp"
#include "lrscape/run.hpp"
#include "lrscape/store.hpp"
#include "program.hpp"

namespace lrscape::test {
namespace {

using testing::ElementsAre;

/// A sweep of which some runs diverge.
Sweep weighty_sweep(Precision precision) {
  Sweep sweep = awkward_sweep(precision);
  sweep.learning_rates = {1e-3, 0.05, 1e20};
  sweep.weight_decays = {0, 0.1};
  sweep.seeds = 2;
  sweep.epochs = 2;
  sweep.record_epochs = false;
  sweep.save_weights = true;
  return sweep;
}

/// Whether the weights of each run give its validation loss, to rounding, and are NaN where the run
/// diverged.
void expect_losses_of_weights(const Result& result, const Sweep& sweep) {
  const Matrix& rows = sweep.problem.validation_features;
  ASSERT_EQ(result.weights.size(), result.run_count() * rows.columns);
  std::size_t diverged = 0;
  for (std::size_t run = 0; run < result.run_count(); ++run) {
    const double* const weights = result.weights.data() + run * rows.columns;
    if (result.status[run] == RunStatus::diverged) {
      ++diverged;
      EXPECT_TRUE(
          std::all_of(weights, weights + rows.columns, [](double w) { return std::isnan(w); }));
      continue;
    }
    double loss = 0;
    for (std::size_t i = 0; i < rows.rows; ++i) {
      double residual = -sweep.problem.validation_targets[i];
      for (std::size_t j = 0; j < rows.columns; ++j) residual += rows(i, j) * weights[j];
      loss += residual * residual / static_cast<double>(rows.rows);
    }
    // Rounding of the data and of 83 products to the precision of the sweep.
    const double tolerance = sweep.precision == Precision::fp32 ? 2e-5 : 1e-12;
    EXPECT_NEAR(result.validation_loss[run], loss, tolerance * (1 + loss)) << run;
  }
  EXPECT_GT(diverged, 0U);
  EXPECT_LT(diverged, result.run_count());
}

TEST(SavedWeights, GiveTheLossesOnAGpu) {
  for (const DeviceOptions& device : every_backend())
    for (const Precision precision : {Precision::fp32, Precision::fp64}) {
      SCOPED_TRACE(name_of(device));
      const Sweep sweep = weighty_sweep(precision);
      expect_losses_of_weights(run(sweep, device), sweep);
    }
}

TEST(SavedWeights, AreTheSameOnEveryBackendOnAGpu) {
  Sweep sweep = weighty_sweep(Precision::fp32);
  const auto weights_on = [&](const DeviceOptions& device) {
    auto weights = run(sweep, device).weights;
    for (double& weight : weights)
      if (std::isnan(weight)) weight = 1e300;  // NaN would never compare equal.
    return weights;
  };
  const auto expected = weights_on(every_backend().front());
  for (const DeviceOptions& device : every_backend())
    EXPECT_TRUE(weights_on(device) == expected) << name_of(device);
}

class StoredWeights : public InFolder {
 protected:
  StoredWeights() { cpu_.device = "cpu"; }

  void store(const std::string& name, const Sweep& sweep) const {
    const PreparedSweep prepared(sweep, 1);
    StoreSink sink(folder / name, prepared, {});
    run(prepared, *make_backend(prepared, cpu_), sink);
  }

  DeviceOptions cpu_;
};

TEST_F(StoredWeights, AreReadBackOnRequest) {
  for (const Precision precision : {Precision::fp32, Precision::fp64})
    for (const GramMode gram : {GramMode::off, GramMode::on}) {
      Sweep sweep = weighty_sweep(precision);
      if (gram == GramMode::on) sweep.optimizers = {choose_optimizer("sgd", {})};
      sweep.gram = gram;
      std::filesystem::remove_all(folder / "r.zarr");
      store("r.zarr", sweep);
      EXPECT_TRUE(read_result(folder / "r.zarr").weights.empty());
      const Result stored = read_result(folder / "r.zarr", true);
      expect_losses_of_weights(stored, sweep);
      const Result in_memory = run(sweep, cpu_);
      EXPECT_TRUE(std::ranges::equal(stored.weights, in_memory.weights, [](double a, double b) {
        return a == b || (std::isnan(a) && std::isnan(b));
      }));
    }
}

TEST_F(StoredWeights, AreTakenFromAnEarlierResult) {
  const Sweep sweep = weighty_sweep(Precision::fp32);
  store("a.zarr", sweep);
  Sweep without = sweep;
  without.save_weights = false;
  store("b.zarr", without);
  const PreparedSweep prepared(sweep, 1);
  const std::vector<std::filesystem::path> with_weights = {folder / "a.zarr"};
  const std::vector<std::filesystem::path> no_weights = {folder / "b.zarr"};
  const EarlierRuns earlier(with_weights, prepared);
  MemorySink sink(sweep);
  const Report report = run(prepared, *make_backend(prepared, cpu_), sink, {}, {}, &earlier);
  EXPECT_EQ(report.trained_runs, 0U);
  expect_losses_of_weights(sink.result(), sweep);
  EXPECT_THAT(EarlierRuns(no_weights, prepared).warnings(),
              ElementsAre(testing::HasSubstr("only this command records weights")));
  // The losses are there, whoever needs no weights.
  EXPECT_THAT(EarlierRuns(with_weights, PreparedSweep(without, 1)).warnings(), testing::IsEmpty());
}

}  // namespace
}  // namespace lrscape::test
