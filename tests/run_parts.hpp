#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "awkward_sweep.hpp"
#include "lrscape/backend.hpp"
#include "lrscape/device.hpp"

/// A sweep and a backend for tests of run().
namespace lrscape::test {

/// 2 optimizers x 9 x 9 cells x 3 seeds: six units of 81 runs.
inline Sweep six_units() {
  Sweep sweep = awkward_sweep(Precision::fp64);
  sweep.optimizers.resize(2);
  sweep.weight_decays = {0, 1e-3, 0.01, 0.05, 0.1, 0.5, 1, 5, 10};
  sweep.schedule = parse_schedule("constant");
  sweep.epochs = 2;
  sweep.seeds = 3;
  return sweep;
}

inline const DeviceOptions one_thread = {"cpu", 1, "plain"};

/// Counts the calls of train(). Calls `before(n)` ahead of call n and `after(n)` once it is done.
class Watched final : public Backend {
 public:
  Watched(
      Backend& backend, std::function<void(int)> before,
      std::function<void(int)> after = [](int) {})
      : backend_(backend), before_(std::move(before)), after_(std::move(after)) {}

  std::string description() const override { return backend_.description(); }
  std::string driver() const override { return {}; }
  std::size_t runs_to_fill() const override { return 100; }
  std::size_t working_bytes() const override { return 0; }
  std::vector<RunResults> train(std::span<const RunGroup> groups,
                                const std::atomic<bool>& stop) override {
    before_(++calls_);
    std::this_thread::sleep_for(std::chrono::milliseconds(30));  // Only quicker waves grow.
    auto results = backend_.train(groups, stop);
    after_(calls_);
    return results;
  }

 private:
  Backend& backend_;
  std::function<void(int)> before_;
  std::function<void(int)> after_;
  int calls_ = 0;
};

}  // namespace lrscape::test
