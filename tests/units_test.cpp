#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <tuple>

#include "lrscape/error.hpp"
#include "lrscape/unit.hpp"

namespace lrscape::test {
namespace {

Sweep grid(std::size_t optimizers, std::size_t rates, std::size_t decays, std::int64_t seeds) {
  Sweep sweep;
  sweep.optimizers.resize(optimizers);
  sweep.learning_rates.resize(rates);
  sweep.weight_decays.resize(decays);
  sweep.seeds = seeds;
  return sweep;
}

std::size_t run_count(const Sweep& sweep) {
  return sweep.optimizers.size() * sweep.learning_rates.size() * sweep.weight_decays.size() *
         static_cast<std::size_t>(sweep.seeds);
}

struct Sizes {
  std::size_t units, least, most;
};

Sizes sizes_of(const Sweep& sweep) {
  const auto units = units_of(sweep, even_cut(sweep));
  const auto [least, most] =
      std::ranges::minmax(units, {}, [](const Unit& unit) { return unit.runs(); });
  return {units.size(), least.runs(), most.runs()};
}

TEST(Units, HoldEveryRunOnce) {
  for (const Sweep& sweep : {grid(2, 33, 35, 2), grid(1, 1, 1, 300), grid(3, 5, 1, 7)})
    for (const Cut& cut : {even_cut(sweep), Cut{2, 1, 1}, Cut{4, 1, 2}}) {
      std::set<std::tuple<std::size_t, std::size_t, std::size_t, std::size_t>> seen;
      std::size_t runs = 0;
      for (const Unit& unit : units_of(sweep, cut)) {
        runs += unit.runs();
        for (std::size_t i = unit.learning_rates.begin; i < unit.learning_rates.end; ++i)
          for (std::size_t j = unit.weight_decays.begin; j < unit.weight_decays.end; ++j)
            for (std::size_t s = unit.seeds.begin; s < unit.seeds.end; ++s)
              seen.insert({unit.configuration, i, j, s});
      }
      EXPECT_EQ(runs, run_count(sweep));
      EXPECT_EQ(seen.size(), run_count(sweep));
    }
}

TEST(Units, TakeAllCellsOfASeedBeforeTheNextSeed) {
  const Sweep sweep = grid(2, 48, 48, 5);
  std::size_t last = 0;
  for (const Unit& unit : units_of(sweep, even_cut(sweep))) {
    EXPECT_EQ(unit.seeds.size(), 1U);
    EXPECT_GE(unit.seeds.begin, last);
    last = unit.seeds.begin;
  }
  EXPECT_EQ(last, 4U);
}

TEST(Units, AreOf64RunsInAMapOf8192AndAsManyAs256InALargerOne) {
  const Sizes map = sizes_of(grid(1, 64, 32, 4));
  EXPECT_EQ(map.units, 128U);
  EXPECT_EQ(map.least, 64U);
  EXPECT_EQ(map.most, 64U);
  EXPECT_GE(sizes_of(grid(2, 48, 48, 5)).units, 256U);
  EXPECT_GE(sizes_of(grid(1, 182, 182, 1)).units, 256U);
}

TEST(Units, AreLargeEnoughAndManyForGridsOfAnyShape) {
  std::mt19937 generator(1);
  const auto up_to = [&](double most) {
    return static_cast<std::size_t>(
        std::pow(most, std::uniform_real_distribution<double>(0, 1)(generator)));
  };
  for (int trial = 0; trial < 500; ++trial) {
    const Sweep sweep =
        grid(up_to(6.5), up_to(300), up_to(300), static_cast<std::int64_t>(up_to(300)));
    const std::size_t runs = run_count(sweep);
    const Sizes sizes = sizes_of(sweep);
    SCOPED_TRACE(testing::Message()
                 << sweep.optimizers.size() << " x " << sweep.learning_rates.size() << " x "
                 << sweep.weight_decays.size() << " x " << sweep.seeds);
    EXPECT_GE(sizes.most, std::min<std::size_t>(64, runs / sweep.optimizers.size()));
    EXPECT_LE(sizes.most, 1024U);
    // A unit at the end of an axis may have fewer runs.
    EXPECT_GE(sizes.least, std::min<std::size_t>(16, runs / sweep.optimizers.size()));
    if (runs >= 32768) {
      EXPECT_GE(sizes.units, 256U);
    }
    if (runs < 64 * 256) {
      EXPECT_LE(sizes.most, 256U);
    }
  }
}

TEST(Units, AreSmallerWhereARunRecordsManyEpochs) {
  Sweep sweep = grid(1, 64, 64, 1);
  sweep.record_epochs = true;
  sweep.epochs = 1'000'000;  // A unit has at most four million losses.
  EXPECT_EQ(sizes_of(sweep).most, 4U);
}

/// The number of runs in each of `count` shards.
std::vector<std::size_t> shares(const Sweep& sweep, std::size_t count) {
  const auto units = units_of(sweep, even_cut(sweep));
  std::vector<std::size_t> all;
  std::vector<int> dealt(units.size());
  for (std::size_t index = 0; index < count; ++index) {
    std::size_t runs = 0;
    for (const std::size_t k : units_of_shard(units, {index, count})) {
      runs += units[k].runs();
      ++dealt[k];
    }
    all.push_back(runs);
  }
  EXPECT_EQ(dealt, std::vector<int>(units.size(), 1));
  return all;
}

TEST(Shards, HaveBetweenHalfAndTwiceTheirShare) {
  for (const Sweep& sweep : {grid(1, 64, 32, 4), grid(1, 91, 90, 1), grid(2, 8, 8, 64)})
    for (const std::size_t runs : shares(sweep, 40)) {
      EXPECT_GE(static_cast<double>(runs), 0.5 * static_cast<double>(run_count(sweep)) / 40);
      EXPECT_LE(static_cast<double>(runs), 2.0 * static_cast<double>(run_count(sweep)) / 40);
    }
}

TEST(Shards, DifferByAtMostTheLargestUnit) {
  for (const std::size_t count : {1, 2, 3, 7, 40, 1000})
    for (const Sweep& sweep : {grid(1, 41, 41, 3), grid(2, 33, 35, 2), grid(1, 1, 1, 300)}) {
      const auto [least, most] = std::ranges::minmax(shares(sweep, count));
      EXPECT_LE(most - least, sizes_of(sweep).most);
    }
}

TEST(Shards, AreRefusedIfTheyDoNotExist) {
  const Sweep sweep = grid(1, 8, 8, 1);
  const auto units = units_of(sweep, even_cut(sweep));
  EXPECT_THROW(units_of_shard(units, {0, 0}), InputError);
  EXPECT_THROW(units_of_shard(units, {3, 3}), InputError);
}

}  // namespace
}  // namespace lrscape::test
