#include "run/backend_group.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <thread>

#include "awkward_sweep.hpp"
#include "backends.hpp"
#include "lrscape/error.hpp"
#include "recorder.hpp"

// BackendGroup combines several GPUs into one backend. These tests use CPU backends and recorders
// instead of GPUs.

namespace lrscape::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Run groups of 1, 2, 3, 1, 2, 3, ... runs. All runs of group k have learning rate k.
std::vector<RunGroup> uneven_units(std::size_t count) {
  std::vector<RunGroup> units;
  for (std::size_t k = 0; k < count; ++k) {
    const std::vector<double> rates(1 + k % 3, static_cast<double>(k));
    units.push_back({0, 0, rates, rates});
  }
  return units;
}

void expect_results_of(const std::vector<RunGroup>& units, const std::vector<RunResults>& results) {
  ASSERT_EQ(results.size(), units.size());
  for (std::size_t k = 0; k < units.size(); ++k)
    EXPECT_EQ(results[k].validation_loss, units[k].learning_rate) << "unit " << k;
}

TEST(BackendGroup, GivesTheBitsOfOneBackend) {
  Sweep sweep = awkward_sweep(Precision::fp32);
  sweep.save_weights = true;
  DeviceOptions options = {"cpu", 1, "plain"};
  const auto expected = train(sweep, options);
  const PreparedSweep prepared(sweep);
  Backends backends;
  for (const auto* code : cpu::implementations())
    for (int copies = 0; copies < 2; ++copies) {
      options.simd = code->name;
      backends.push_back(make_backend(prepared, options));
    }
  BackendGroup group(std::move(backends));
  const std::atomic<bool> stop = false;
  const auto found = group.train(every_group(sweep), stop);
  expect_same_bits(found, expected, "group");
  for (std::size_t k = 0; k < found.size(); ++k)
    EXPECT_EQ(finite_weights(found[k]), finite_weights(expected[k])) << "unit " << k;
}

TEST(BackendGroup, GivesResultsInTheOrderOfUnits) {
  // From more backends than run groups to many pieces for each backend.
  for (const std::size_t count : {0, 1, 2, 40, 1000}) {
    BackendGroup group(together(std::make_unique<Recorder>(1), std::make_unique<Recorder>(5),
                                std::make_unique<Recorder>(64)));
    const auto units = uneven_units(count);
    const std::atomic<bool> stop = false;
    expect_results_of(units, group.train(units, stop));
  }
}

TEST(BackendGroup, GivesMoreToAFasterBackend) {
  std::atomic<std::size_t> of_slow = 0;
  std::atomic<std::size_t> of_fast = 0;
  const auto slow = [&](std::span<const RunGroup> units) {
    of_slow += units.size();
    std::this_thread::sleep_for(10 * a_while);
  };
  const auto fast = [&](std::span<const RunGroup> units) { of_fast += units.size(); };
  BackendGroup group(
      together(std::make_unique<Recorder>(16, slow), std::make_unique<Recorder>(16, fast)));
  const auto units = uneven_units(300);
  const std::atomic<bool> stop = false;
  expect_results_of(units, group.train(units, stop));
  EXPECT_EQ(of_slow + of_fast, units.size());
  EXPECT_GT(of_fast, of_slow);
}

TEST(BackendGroup, CutsWhatFillsItIntoPiecesThatFillABackendAndSmallerOnesTowardsTheEnd) {
  std::vector<std::size_t> pieces;
  const auto record = [&](std::span<const RunGroup> units) { pieces.push_back(units.size()); };
  BackendGroup group(together(std::make_unique<Recorder>(32, record)));
  EXPECT_EQ(group.runs_to_fill(), 4 * 32U);
  const std::vector<RunGroup> units(group.runs_to_fill(), RunGroup{0, 0, {1}, {1}});
  const std::atomic<bool> stop = false;
  group.train(units, stop);
  // Half of the remaining runs, but at most 32 and at least 32 / 16 = 2.
  EXPECT_THAT(pieces, ElementsAre(32, 32, 32, 16, 8, 4, 2, 2));
}

TEST(BackendGroup, ThrowsWhatWasThrownFirstAndOnlyWhenAllAreAtRest) {
  std::atomic<int> at_work = 0;
  std::atomic<std::size_t> done = 0;
  const auto honest = [&](std::span<const RunGroup> units) {
    ++at_work;
    std::this_thread::sleep_for(a_while);
    done += units.size();
    --at_work;
  };
  const auto wrong = [](std::span<const RunGroup> /*units*/) { throw InputError("wrong"); };
  const auto late = [](std::span<const RunGroup> /*units*/) {
    std::this_thread::sleep_for(10 * a_while);
    throw std::logic_error("too late");
  };
  BackendGroup group(together(std::make_unique<Recorder>(1, honest),
                              std::make_unique<Recorder>(1, wrong),
                              std::make_unique<Recorder>(1, late)));
  const std::atomic<bool> stop = false;
  EXPECT_THROW(
      {
        try {
          group.train(uneven_units(1000), stop);
        } catch (const InputError& error) {
          EXPECT_STREQ(error.what(), "wrong");
          EXPECT_EQ(at_work, 0);
          throw;
        }
      },
      InputError);
  // After the failure, the other backends finish their pieces and take no more.
  EXPECT_LT(done, 500U);
}

TEST(BackendGroup, GivesTheUnitsOfAFailedDeviceToTheOthersAndDoesNotUseItAgain) {
  const auto units = uneven_units(100);
  for (const int fatal : {1, 2, 5}) {
    Faulty faulty("device 2", fatal);
    // The other backends hold one piece each until the faulty one has failed. All remaining pieces
    // therefore go to the faulty one.
    const auto late = [&](std::span<const RunGroup> /*units*/) {
      while (faulty.calls() < fatal) std::this_thread::sleep_for(a_while / 10);
    };
    BackendGroup group(together(std::make_unique<Recorder>(4, late),
                                std::make_unique<Recorder>(4, faulty.work()),
                                std::make_unique<Recorder>(4, late)));
    const std::atomic<bool> stop = false;
    EXPECT_THAT(group.warnings(), IsEmpty());
    expect_results_of(units, group.train(units, stop));
    EXPECT_EQ(faulty.calls(), fatal);
    EXPECT_THAT(group.warnings(),
                ElementsAre("device 2 failed; the other devices take over its work"));
    EXPECT_EQ(group.runs_to_fill(), 4 * 8U);

    expect_results_of(units, group.train(units, stop));
    EXPECT_EQ(faulty.calls(), fatal);
    EXPECT_THAT(group.warnings(), testing::SizeIs(1));
  }
}

TEST(BackendGroup, LetsADeviceThatFoundNothingLeftDoWhatAnotherGivesBackAtTheEnd) {
  // One run group for two devices: the first takes it and fails late, when the other is idle.
  std::atomic<int> failures = 0;
  const auto fail_first = [&](std::span<const RunGroup> /*units*/) {
    if (failures++ > 0) return;
    std::this_thread::sleep_for(a_while);
    throw DeviceError("late failure");
  };
  BackendGroup group(together(std::make_unique<Recorder>(1, fail_first),
                              std::make_unique<Recorder>(1, fail_first)));
  const auto units = uneven_units(1);
  const std::atomic<bool> stop = false;
  expect_results_of(units, group.train(units, stop));
  EXPECT_EQ(failures, 2);
}

TEST(BackendGroup, ThrowsTheLastFailureWhenAllDevicesHaveFailedAndWarnsOfTheOthers) {
  Faulty first("device 1", 1);
  Faulty second("device 2", 3);
  BackendGroup group(together(std::make_unique<Recorder>(4, first.work()),
                              std::make_unique<Recorder>(4, second.work())));
  const auto units = uneven_units(100);
  const std::atomic<bool> stop = false;
  const auto message = [&] {
    try {
      group.train(units, stop);
    } catch (const DeviceError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  // Thread scheduling decides which device fails last.
  const std::string told = message();
  EXPECT_THAT(told, testing::AnyOf("device 1 failed", "device 2 failed"));
  const std::string other = told == "device 1 failed" ? "device 2 failed" : "device 1 failed";
  EXPECT_THAT(group.warnings(), ElementsAre(HasSubstr(other)));
  EXPECT_EQ(message(), told);
  EXPECT_THAT(group.warnings(), testing::SizeIs(1));
  EXPECT_EQ(first.calls(), 1);
  EXPECT_EQ(second.calls(), 3);
}

TEST(BackendGroup, LeavesOutADeviceThatCannotBePrepared) {
  const auto make = [](std::size_t k) -> std::unique_ptr<Backend> {
    if (k == 1) throw DeviceError("device 1 is broken");
    return std::make_unique<Recorder>(k + 1);
  };
  const std::atomic<bool> stop = false;
  const auto units = uneven_units(40);
  const auto three = make_group(3, make);
  EXPECT_EQ(three->description(), "2 devices: recorder of 1 + recorder of 3");
  EXPECT_THAT(three->warnings(),
              ElementsAre("device 1 is broken; the other devices take over its work"));
  expect_results_of(units, three->train(units, stop));

  const auto two = make_group(2, make);
  EXPECT_EQ(two->description(), "recorder of 1");
  EXPECT_THAT(two->warnings(), testing::SizeIs(1));
  expect_results_of(units, two->train(units, stop));
}

TEST(BackendGroup, IsNotMadeWithoutAnyDeviceNorOfOne) {
  const auto broken = [](std::size_t k) -> std::unique_ptr<Backend> {
    throw DeviceError("device " + std::to_string(k) + " is broken");
  };
  try {
    make_group(3, broken);
    FAIL() << "made of nothing";
  } catch (const DeviceError& error) {
    EXPECT_STREQ(error.what(), "device 0 is broken");
  }
  const auto wrong = [](std::size_t k) -> std::unique_ptr<Backend> {
    if (k == 1) throw InputError("wrong");
    return std::make_unique<Recorder>(1);
  };
  EXPECT_THROW(make_group(2, wrong), InputError);
  const auto one = make_group(1, [](std::size_t) { return std::make_unique<Recorder>(7); });
  EXPECT_NE(dynamic_cast<Recorder*>(one.get()), nullptr);
}

TEST(BackendGroup, ReturnsEarlyWithNothingWhenItIsStopped) {
  std::atomic<bool> stop = false;
  std::atomic<std::size_t> done = 0;
  const auto request = [&](std::span<const RunGroup> units) {
    done += units.size();
    stop = true;
  };
  BackendGroup group(
      together(std::make_unique<Recorder>(1, request), std::make_unique<Recorder>(1, request)));
  EXPECT_THAT(group.train(uneven_units(1000), stop), IsEmpty());
  EXPECT_LE(done, 2U);
  stop = true;
  done = 0;
  EXPECT_THAT(group.train(uneven_units(10), stop), IsEmpty());
  EXPECT_EQ(done, 0U);
}

TEST(BackendGroup, KeepsResultsThatWereCompleteWhenItWasStopped) {
  std::atomic<bool> stop = false;
  const auto units = uneven_units(2);
  std::atomic<std::size_t> done = 0;
  const auto request = [&](std::span<const RunGroup> part) {
    if ((done += part.size()) == units.size()) stop = true;
  };
  BackendGroup group(together(std::make_unique<Recorder>(1, Recorder::Work(), request),
                              std::make_unique<Recorder>(1, Recorder::Work(), request)));
  expect_results_of(units, group.train(units, stop));
  EXPECT_TRUE(stop);
}

TEST(BackendGroup, NamesAllItsDevicesAndTakesTheMemoryOfAll) {
  const BackendGroup group(together(std::make_unique<Recorder>(3), std::make_unique<Recorder>(5)));
  EXPECT_EQ(group.description(), "2 devices: recorder of 3 + recorder of 5");
  EXPECT_EQ(group.driver(), "recorder 1.0");
  EXPECT_EQ(group.runs_to_fill(), 4 * 8U);
  EXPECT_EQ(group.working_bytes(), 80U);
}

}  // namespace
}  // namespace lrscape::test
