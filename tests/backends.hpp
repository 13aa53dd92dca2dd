#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "lrscape/run.hpp"
#include "simd/implementation.hpp"
#include "sweep/gram.hpp"

namespace lrscape::test {

/// The first GPU with its best kernels, or nothing on a machine without a GPU. With
/// LRSCAPE_REQUIRE_CUDA=1, tests fail on such a machine.
inline std::optional<DeviceOptions> gpu_backend() {
  const char* const required = std::getenv("LRSCAPE_REQUIRE_CUDA");
  const bool must = required != nullptr && std::string_view(required) == "1";
  if (devices().size() <= 1 && !must) return std::nullopt;
  DeviceOptions options;
  options.device = "cuda:0";
  return options;
}

/// Every way to run a sweep on this machine: each instruction set of the CPU and, if there is a
/// GPU, each tier as the best one that the GPU may use.
inline std::vector<DeviceOptions> every_backend() {
  std::vector<DeviceOptions> all;
  for (const auto* code : cpu::implementations()) {
    DeviceOptions options;
    options.device = "cpu";
    options.threads = 2;
    options.simd = code->name;
    all.push_back(options);
  }
  if (auto gpu = gpu_backend())
    for (const Tier tier : {Tier::registers, Tier::shared_memory, Tier::global_memory}) {
      gpu->tier = tier;
      all.push_back(*gpu);
    }
  return all;
}

inline std::string name_of(const DeviceOptions& options) {
  constexpr std::string_view tiers[] = {"registers", "shared memory", "global memory"};
  if (options.device == "cpu") return options.simd;
  return "cuda, " + std::string(tiers[static_cast<int>(options.tier)]);
}

/// The sweep in every space that all its optimizers can run in.
inline std::vector<Sweep> in_every_space(Sweep sweep) {
  sweep.gram = GramMode::off;
  std::vector<Sweep> all = {sweep};
  if (std::all_of(sweep.optimizers.begin(), sweep.optimizers.end(), can_run_in_gram_space)) {
    all.push_back(sweep);
    all.back().gram = GramMode::on;
  }
  return all;
}

inline std::string space_name(const Sweep& sweep) {
  return sweep.gram == GramMode::on ? "Gram space" : "weights";
}

/// One group for each optimizer and seed, with all cells of the sweep.
inline std::vector<RunGroup> every_group(const Sweep& sweep) {
  std::vector<RunGroup> groups;
  for (std::size_t optimizer = 0; optimizer < sweep.optimizers.size(); ++optimizer)
    for (std::size_t seed = 0; seed < static_cast<std::size_t>(sweep.seeds); ++seed) {
      RunGroup group = {optimizer, seed, {}, {}};
      for (const double rate : sweep.learning_rates)
        for (const double decay : sweep.weight_decays) {
          group.learning_rate.push_back(rate);
          group.weight_decay.push_back(decay);
        }
      groups.push_back(group);
    }
  return groups;
}

/// A backend that owns the prepared sweep it reads.
class OwnBackend {
 public:
  OwnBackend(const Sweep& sweep, const DeviceOptions& options)
      : prepared_(sweep, 2), backend_(make_backend(prepared_, options)) {}
  OwnBackend(const OwnBackend&) = delete;
  OwnBackend& operator=(const OwnBackend&) = delete;

  Backend* operator->() const { return backend_.get(); }
  Backend& operator*() const { return *backend_; }

 private:
  PreparedSweep prepared_;
  std::unique_ptr<Backend> backend_;
};

/// Trains all cells and keeps the weights.
inline std::vector<RunResults> train(Sweep sweep, const DeviceOptions& options) {
  sweep.save_weights = true;
  const std::atomic<bool> stop = false;
  return OwnBackend(sweep, options)->train(every_group(sweep), stop);
}

inline std::vector<Space> spaces_of(const Sweep& sweep) {
  const PreparedSweep prepared(sweep, 2);
  return {prepared.spaces().begin(), prepared.spaces().end()};
}

/// The weights of the runs that have not diverged. NaN would never compare equal.
inline std::vector<double> finite_weights(const RunResults& result) {
  const std::size_t features = result.weights.size() / result.status.size();
  std::vector<double> weights;
  for (std::size_t run = 0; run < result.status.size(); ++run) {
    const auto begin = result.weights.begin() + static_cast<std::ptrdiff_t>(run * features);
    if (result.status[run] == RunStatus::ok)
      weights.insert(weights.end(), begin, begin + static_cast<std::ptrdiff_t>(features));
  }
  return weights;
}

/// Expects all numbers to be equal. Results hold no NaN, which would never compare equal.
inline void expect_same_bits(const std::vector<RunResults>& a, const std::vector<RunResults>& b,
                             const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (std::size_t k = 0; k < a.size(); ++k) {
    EXPECT_EQ(a[k].validation_loss, b[k].validation_loss) << what << ", group " << k;
    EXPECT_EQ(a[k].train_loss, b[k].train_loss) << what << ", group " << k;
    EXPECT_EQ(a[k].status, b[k].status) << what << ", group " << k;
    EXPECT_EQ(a[k].diverged_at_epoch, b[k].diverged_at_epoch) << what << ", group " << k;
  }
}

}  // namespace lrscape::test
