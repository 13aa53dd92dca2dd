#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "infinity.hpp"
#include "lrscape/error.hpp"
#include "lrscape/store.hpp"
#include "program.hpp"
#include "store/configuration.hpp"
#include "store/group.hpp"
#include "store/result_arrays.hpp"
#include "store/zarr.hpp"
#include "stored_configuration.hpp"

/// Fills stores without training. Each loss identifies its run.
namespace lrscape::test {

inline nlohmann::json parsed(const std::filesystem::path& file) {
  return nlohmann::json::parse(bytes_of(file));
}

inline void put(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

inline std::string flipped(std::string bytes, std::size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  return bytes;
}

struct Shape {
  std::size_t learning_rates = 6;
  std::size_t weight_decays = 5;
  Precision precision = Precision::fp32;
  bool record_epochs = false;
  bool train_loss = false;
};

/// Two optimizers and two seeds. Nothing is trained, so the data only need to be valid.
inline Sweep sweep_of(const Shape& shape) {
  Sweep sweep;
  sweep.problem = {Matrix(4, 2), {1, 2, 3, 4}, Matrix(1, 2), {0}};
  sweep.optimizers = {choose_optimizer("adamw-pt", {}), choose_optimizer("sgd", {})};
  for (std::size_t i = 1; i <= shape.learning_rates; ++i)
    sweep.learning_rates.push_back(0.1 * static_cast<double>(i));
  for (std::size_t j = 0; j < shape.weight_decays; ++j)
    sweep.weight_decays.push_back(0.01 * static_cast<double>(j));
  sweep.first_seed = 7;
  sweep.seeds = 2;
  sweep.epochs = 3;
  sweep.batch_size = 2;
  sweep.precision = shape.precision;
  sweep.record_epochs = shape.record_epochs;
  sweep.train_loss = shape.train_loss;
  return sweep;
}

/// The indices of a run in the grid, from 0.
struct Place {
  std::size_t optimizer, rate, decay, seed;
};

inline bool diverges(const Place& run) { return (run.rate + 2 * run.decay + run.seed) % 5 == 0; }

/// A loss that no other run, epoch or array has. Losses are multiples of 1/3, so that the tests
/// notice a double that was rounded to float.
inline double loss_of(const Place& run, std::size_t epoch, Precision precision) {
  if (diverges(run) && epoch > 0) return infinity;
  const auto number =
      ((run.optimizer * 64 + run.rate) * 64 + run.decay) * 32 + run.seed * 8 + epoch;
  const double loss = static_cast<double>(number) / 3;
  return precision == Precision::fp32 ? static_cast<double>(static_cast<float>(loss)) : loss;
}

inline std::vector<Place> runs_of(const Unit& unit) {
  std::vector<Place> runs;
  for (std::size_t i = unit.learning_rates.begin; i < unit.learning_rates.end; ++i)
    for (std::size_t j = unit.weight_decays.begin; j < unit.weight_decays.end; ++j)
      for (std::size_t s = unit.seeds.begin; s < unit.seeds.end; ++s)
        runs.push_back({unit.configuration, i, j, s});
  return runs;
}

/// The epoch of a record, from 0.
inline std::size_t epoch_of(const Sweep& sweep, std::size_t record) {
  return sweep.record_epochs ? record : static_cast<std::size_t>(sweep.epochs - 1);
}

inline RunResults results_of(const Sweep& sweep, const Unit& unit) {
  const auto runs = runs_of(unit);
  const auto records = static_cast<std::size_t>(sweep.recorded_epochs());
  RunResults result = empty_results(sweep, runs.size());
  for (std::size_t k = 0; k < runs.size(); ++k) {
    for (std::size_t e = 0; e < records; ++e) {
      const double loss = loss_of(runs[k], epoch_of(sweep, e), sweep.precision);
      result.validation_loss[k * records + e] = loss;
      if (sweep.train_loss) result.train_loss[k * records + e] = -loss;
    }
    result.status[k] = diverges(runs[k]) ? RunStatus::diverged : RunStatus::ok;
    result.diverged_at_epoch[k] = diverges(runs[k]) ? 2 : -1;
  }
  return result;
}

inline void take(StoreSink& store, const Sweep& sweep, const Unit& unit) {
  const RunResults results = results_of(sweep, unit);
  store.take({&unit, 1}, {&results, 1});
}

/// All units of the store, in their order.
inline std::vector<Unit> all_units(const StoreSink& store, const Sweep& sweep) {
  return units_of(sweep, store.cut());
}

/// Fills every unit that is not done, as run() does.
inline void fill(StoreSink& store, const Sweep& sweep) {
  for (const Unit& unit : all_units(store, sweep))
    if (store.state(unit) != Sink::State::done) take(store, sweep, unit);
}

inline void expect_filled(const Result& result, const Sweep& sweep) {
  ASSERT_EQ(result.optimizers, (std::vector<std::string>{"adamw-pt", "sgd"}));
  ASSERT_EQ(result.learning_rates, sweep.learning_rates);
  ASSERT_EQ(result.weight_decays, sweep.weight_decays);
  ASSERT_EQ(result.seeds, (std::vector<std::int64_t>{7, 8}));
  ASSERT_EQ(result.precision, sweep.precision);
  ASSERT_EQ(result.epochs, sweep.record_epochs ? std::vector<std::int64_t>({1, 2, 3})
                                               : std::vector<std::int64_t>());
  std::vector<double> losses, negative;
  std::vector<RunStatus> status;
  std::vector<std::int32_t> diverged_at_epoch;
  for (std::size_t o = 0; o < 2; ++o)
    for (std::size_t i = 0; i < sweep.learning_rates.size(); ++i)
      for (std::size_t j = 0; j < sweep.weight_decays.size(); ++j)
        for (std::size_t s = 0; s < 2; ++s) {
          const Place run = {o, i, j, s};
          for (std::size_t e = 0; e < result.recorded_epochs(); ++e) {
            losses.push_back(loss_of(run, epoch_of(sweep, e), sweep.precision));
            if (sweep.train_loss) negative.push_back(-losses.back());
          }
          status.push_back(diverges(run) ? RunStatus::diverged : RunStatus::ok);
          diverged_at_epoch.push_back(diverges(run) ? 2 : -1);
        }
  // Neither side holds NaN, so they are equal only if every run was read from its own place.
  EXPECT_TRUE(result.validation_loss == losses);
  EXPECT_TRUE(result.train_loss == negative);
  EXPECT_TRUE(result.status == status);
  EXPECT_TRUE(result.diverged_at_epoch == diverged_at_epoch);
}

class Store : public InFolder {
 protected:
  std::filesystem::path where() const { return folder / "r.zarr"; }
  /// The returned reference stays valid until the test ends.
  const PreparedSweep& prepared(const Sweep& sweep) const {
    return prepared_.emplace_back(sweep, 1);
  }
  StoreSink open(const Sweep& sweep) const {
    return {where(), prepared(sweep), {"a device", "", "words"}};
  }
  /// Creates a result without runs whose units are cut by `cut`, as another version of the program
  /// might cut them.
  void create(const Sweep& sweep, const Cut& cut) const {
    std::vector<zarr::Member> members = coordinates(sweep, sweep.problem.feature_names);
    for (const auto& array : result_arrays(sweep, cut)) members.push_back(array);
    ASSERT_TRUE(
        zarr::Group(where(), members).create({{"configuration", configuration(prepared(sweep))}}));
  }
  void make(const Sweep& sweep) const {
    StoreSink store = open(sweep);
    fill(store, sweep);
  }
  void expect_refusal(const Sweep& sweep, const std::string& part) const {
    EXPECT_THAT([&] { open(sweep); },
                testing::ThrowsMessage<InputError>(
                    testing::AllOf(testing::StartsWith(where().string()), testing::HasSubstr(part),
                                   testing::Not(testing::HasSubstr("\n")))));
  }

 private:
  mutable std::deque<PreparedSweep> prepared_;
};

}  // namespace lrscape::test
