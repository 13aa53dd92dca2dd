#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "awkward_sweep.hpp"
#include "backends.hpp"
#include "lrscape/error.hpp"
#include "lrscape/store.hpp"
#include "program.hpp"
#include "recorder.hpp"
#include "run/backend_group.hpp"

namespace lrscape::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A CPU backend that calls `before` at the start of each train().
class Hindered final : public Backend {
 public:
  Hindered(const PreparedSweep& prepared, Recorder::Work before,
           std::vector<std::string> warnings = {})
      : backend_(make_backend(prepared, {"cpu", 1, "plain"})),
        before_(std::move(before)),
        warnings_(std::move(warnings)) {}

  std::string description() const override { return backend_->description(); }
  std::string driver() const override { return backend_->driver(); }
  std::size_t runs_to_fill() const override { return 12; }
  std::size_t working_bytes() const override { return backend_->working_bytes(); }
  std::vector<std::string> warnings() const override { return warnings_; }
  std::vector<RunResults> train(std::span<const RunGroup> units,
                                const std::atomic<bool>& stop) override {
    before_(units);
    return backend_->train(units, stop);
  }

 private:
  std::unique_ptr<Backend> backend_;
  Recorder::Work before_;
  std::vector<std::string> warnings_;
};

class FailedDevices : public InFolder {
 protected:
  FailedDevices() {
    run_on(*make_backend(prepared_, {"cpu", 1, "plain"}), "whole.zarr");
    whole_ = files_of(path("whole.zarr"));
  }

  std::vector<std::string> run_on(Backend& backend, const std::string& name) const {
    StoreSink sink(path(name), prepared_, {"some device", "", "lrscape"});
    std::vector<std::string> warnings;
    Watch watch;
    watch.warn = [&](const std::string& warning) { warnings.push_back(warning); };
    lrscape::run(prepared_, backend, sink, watch);
    return warnings;
  }

  static Sweep small_sweep() {
    Sweep sweep = awkward_sweep(Precision::fp32);
    sweep.optimizers.resize(2);
    sweep.epochs = 2;
    sweep.schedule = parse_schedule("constant");
    return sweep;
  }

  const PreparedSweep prepared_{small_sweep()};
  std::map<std::string, std::string> whole_;
};

TEST_F(FailedDevices, AreWarnedOfOnceAndTheSweepIsWholeWithoutThem) {
  for (const int fatal : {1, 2}) {
    Faulty faulty("device 2", fatal);
    // Holds one run group until the other device has failed, so that the other device takes the
    // rest of the wave.
    const auto late = [&](std::span<const RunGroup> /*units*/) {
      while (faulty.calls() < fatal) std::this_thread::sleep_for(a_while / 10);
    };
    BackendGroup group(together(std::make_unique<Hindered>(prepared_, late),
                                std::make_unique<Hindered>(prepared_, faulty.work())));
    const std::string name = "map" + std::to_string(fatal) + ".zarr";
    EXPECT_THAT(run_on(group, name),
                ElementsAre("device 2 failed; the other devices take over its work"));
    EXPECT_TRUE(files_of(path(name)) == whole_);
    EXPECT_EQ(faulty.calls(), fatal);
  }
}

TEST_F(FailedDevices, AreWarnedOfBeforeAnyRunIfTheyFailedEarlier) {
  std::vector<std::string> warnings;
  Watch watch;
  watch.warn = [&](const std::string& warning) { warnings.push_back(warning); };
  const auto expect_warned = [&](std::span<const RunGroup> /*units*/) {
    EXPECT_THAT(warnings, ElementsAre("device 3 is missing"));
  };
  Hindered backend(prepared_, expect_warned, {"device 3 is missing"});
  StoreSink sink(path("map.zarr"), prepared_, {"some device", "", "lrscape"});
  lrscape::run(prepared_, backend, sink, watch);
  EXPECT_THAT(warnings, testing::SizeIs(1));
}

TEST_F(FailedDevices, LeaveASweepThatGoesOnWhenNoneIsLeft) {
  // The first of the two waves has two run groups, so call 3 fails in the second.
  Faulty faulty("device 1", 3);
  BackendGroup group(together(std::make_unique<Hindered>(prepared_, faulty.work())));
  EXPECT_THROW(run_on(group, "map.zarr"), DeviceError);
  const auto begun = files_of(path("map.zarr"));
  EXPECT_LT(begun.size(), whole_.size());
  for (const auto& [name, bytes] : begun) EXPECT_TRUE(whole_.at(name) == bytes) << name;
  EXPECT_THAT(run_on(*make_backend(prepared_, {"cpu", 2, "plain"}), "map.zarr"), IsEmpty());
  EXPECT_TRUE(files_of(path("map.zarr")) == whole_);
}

}  // namespace
}  // namespace lrscape::test
