#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "awkward_sweep.hpp"
#include "lrscape/prepared_sweep.hpp"
#include "lrscape/problem.hpp"

namespace lrscape {
namespace {

std::vector<std::int32_t> epoch_of(const std::vector<std::int32_t>& order, std::size_t epoch,
                                   std::size_t rows) {
  const auto begin = order.begin() + static_cast<std::ptrdiff_t>(epoch * rows);
  return {begin, begin + static_cast<std::ptrdiff_t>(rows)};
}

TEST(RowOrder, IsAPermutationInEveryEpoch) {
  const auto order = row_order(1, 20, 33);
  ASSERT_EQ(order.size(), 20U * 33U);
  std::vector<std::int32_t> all(33);
  std::iota(all.begin(), all.end(), 0);
  for (std::size_t epoch = 0; epoch < 20; ++epoch) {
    auto rows = epoch_of(order, epoch, 33);
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(rows, all) << "epoch " << epoch;
  }
  EXPECT_EQ(row_order(7, 3, 1), (std::vector<std::int32_t>{0, 0, 0}));
}

TEST(RowOrder, DiffersFromEpochToEpochAndFromSeedToSeed) {
  const auto order = row_order(1, 5, 33);
  for (std::size_t epoch = 1; epoch < 5; ++epoch)
    EXPECT_NE(epoch_of(order, epoch, 33), epoch_of(order, epoch - 1, 33));
  EXPECT_NE(row_order(2, 1, 33), row_order(1, 1, 33));
  EXPECT_NE(row_order(1 + (std::uint64_t{1} << 32), 1, 33), row_order(1, 1, 33));
  EXPECT_EQ(row_order(1, 5, 33), order);
}

TEST(RowOrder, OfMoreEpochsBeginsWithThatOfFewer) {
  auto longer = row_order(3, 12, 17);
  longer.resize(5U * 17U);
  EXPECT_EQ(longer, row_order(3, 5, 17));
}

TEST(RowOrder, PutsEveryRowFirstEquallyOften) {
  const auto order = row_order(4, 2000, 5);
  std::vector<int> first(5);
  for (std::size_t epoch = 0; epoch < 2000; ++epoch)
    ++first[static_cast<std::size_t>(order[epoch * 5])];
  // Five standard deviations of sqrt(2000 0.2 0.8) = 17.9 each.
  for (const int count : first) EXPECT_NEAR(count, 400, 5 * 17.9);
}

// Expected values: rows sorted by (random bits, row) in Python.
TEST(RowOrder, IsWhatItAlwaysWas) {
  EXPECT_EQ(row_order(0, 3, 7), (std::vector<std::int32_t>{2, 5, 0, 1, 4, 6, 3,  //
                                                           1, 0, 3, 6, 5, 2, 4,  //
                                                           4, 1, 2, 6, 5, 0, 3}));
  EXPECT_EQ(row_order(1, 3, 7), (std::vector<std::int32_t>{4, 3, 6, 1, 5, 2, 0,  //
                                                           1, 6, 4, 0, 5, 3, 2,  //
                                                           5, 1, 3, 2, 0, 4, 6}));
}

TEST(RowOrder, OfASweepStartsAtItsFirstSeed) {
  Sweep sweep = test::awkward_sweep(Precision::fp32);
  sweep.first_seed = 40;
  sweep.seeds = 2;
  const PreparedSweep prepared(sweep);
  ASSERT_EQ(prepared.row_orders().size(), 2U);
  const auto rows = static_cast<std::int64_t>(sweep.problem.features.rows);
  EXPECT_EQ(prepared.row_orders()[0], row_order(40, sweep.epochs, rows));
  EXPECT_EQ(prepared.row_orders()[1], row_order(41, sweep.epochs, rows));
  EXPECT_NE(prepared.row_orders()[0], row_order(0, sweep.epochs, rows));
}

}  // namespace
}  // namespace lrscape
