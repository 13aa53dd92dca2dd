#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lrscape/backend.hpp"
#include "lrscape/error.hpp"

/// Backends that record their calls, and backends that fail on request.
namespace lrscape::test {

using Backends = std::vector<std::unique_ptr<Backend>>;

/// Returns each run's learning rate as its loss. Calls `work` first and `afterwards` last.
class Recorder final : public Backend {
 public:
  using Work = std::function<void(std::span<const RunGroup>)>;
  explicit Recorder(std::size_t runs_to_fill, Work work = {}, Work afterwards = {})
      : runs_to_fill_(runs_to_fill), work_(std::move(work)), afterwards_(std::move(afterwards)) {}

  std::string description() const override {
    return "recorder of " + std::to_string(runs_to_fill_);
  }
  std::string driver() const override { return "recorder 1.0"; }
  std::size_t runs_to_fill() const override { return runs_to_fill_; }
  std::size_t working_bytes() const override { return 10 * runs_to_fill_; }
  std::vector<RunResults> train(std::span<const RunGroup> units,
                                const std::atomic<bool>& stop) override {
    if (work_) work_(units);
    if (stop) return {};
    std::vector<RunResults> results;
    for (const RunGroup& unit : units) {
      results.emplace_back();
      results.back().validation_loss = unit.learning_rate;
    }
    if (afterwards_) afterwards_(units);
    return results;
  }

 private:
  std::size_t runs_to_fill_;
  Work work_, afterwards_;
};

template <class... B>
Backends together(std::unique_ptr<B>... backends) {
  Backends all;
  (all.push_back(std::move(backends)), ...);
  return all;
}

inline constexpr auto a_while = std::chrono::milliseconds(20);

/// Throws DeviceError from call number `fatal` on. Calls are counted from 1.
class Faulty {
 public:
  Faulty(std::string name, int fatal) : name_(std::move(name)), fatal_(fatal) {}

  Recorder::Work work() {
    return [this](std::span<const RunGroup> /*units*/) {
      if (++calls_ >= fatal_) throw DeviceError(name_ + " failed");
    };
  }
  int calls() const { return calls_; }

 private:
  std::string name_;
  int fatal_;
  std::atomic<int> calls_ = 0;
};

}  // namespace lrscape::test
