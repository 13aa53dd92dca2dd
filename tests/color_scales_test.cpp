#include "report/color_scales.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "infinity.hpp"
#include "loss_maps.hpp"

namespace lrscape::test {
namespace {

using Groups = std::vector<std::size_t>;

ChosenMap map_with(const Values& losses, const std::string& data = "data",
                   const std::string& path = "a.zarr") {
  Values rates;
  for (std::size_t k = 0; k < losses.size(); ++k) rates.push_back(static_cast<double>(k + 1));
  return {path, "sgd", {}, map_of(rates, {1}, losses), /*is_cut=*/false, data};
}

Groups groups_of(const std::vector<ChosenMap>& maps) {
  std::vector<const ChosenMap*> pointers;
  for (const ChosenMap& one : maps) pointers.push_back(&one);
  return scale_groups(pointers);
}

// The scale of 1, 4, 100 ends at 16 and has its middle at 4.
TEST(ScaleGroups, HoldMapsWhoseBestLossIsInTheBrightHalfOfAllScales) {
  EXPECT_EQ(groups_of({map_with({1, 4, 100}), map_with({3.9, 15, 100})}), (Groups{0, 0}));
  EXPECT_EQ(groups_of({map_with({1, 4, 100}), map_with({4.1, 15, 100})}), (Groups{0, 1}));
  EXPECT_EQ(groups_of({map_with({4.1, 15, 100}), map_with({1, 4, 100})}), (Groups{0, 1}));
  // The third is near the second, but too far from the first.
  EXPECT_EQ(groups_of({map_with({1, 4, 100}), map_with({3.9, 15, 100}), map_with({5, 20, 100})}),
            (Groups{0, 0, 1}));
}

// The scale of 1, 1.1, 2 ends at 1.21: log(16) is 14.5 times log(1.21).
TEST(ScaleGroups, KeepANarrowMapApartFromAWideOne) {
  EXPECT_EQ(groups_of({map_with({1, 4, 100}), map_with({1, 1.1, 2})}), (Groups{0, 1}));
  EXPECT_EQ(groups_of({map_with({1, 4, 100}), map_with({1, 2, 100})}), (Groups{0, 0}));
  EXPECT_EQ(groups_of({map_with({1, 4, 100}), map_with({1, 1, 1})}), (Groups{0, 1}));
}

TEST(ScaleGroups, HoldMapsOfTheSameDataOnly) {
  const Values losses = {1, 4, 100};
  EXPECT_EQ(groups_of({map_with(losses, "x"), map_with(losses, "y"), map_with(losses, "x")}),
            (Groups{0, 1, 0}));
  // Without checksums, maps of one result share data.
  EXPECT_EQ(groups_of({map_with(losses, "", "a.zarr"), map_with(losses, "", "b.zarr"),
                       map_with(losses, "", "a.zarr")}),
            (Groups{0, 1, 0}));
}

TEST(ScaleGroups, CompareNegativeLossesLinearly) {
  // From -1 to 7 with the middle 3; the last from -10 to -6 with the middle -8.
  EXPECT_EQ(groups_of({map_with({-1, 3, 100}), map_with({-0.5, 2, 100})}), (Groups{0, 0}));
  EXPECT_EQ(groups_of({map_with({-1, 3, 100}), map_with({-10, -8, 100})}), (Groups{0, 1}));
}

TEST(ScaleGroups, TakeAMapWithoutAFiniteLossAnywhere) {
  EXPECT_EQ(groups_of({map_with({infinity, infinity}), map_with({1, 4, 100})}), (Groups{0, 0}));
  EXPECT_EQ(groups_of({map_with({not_run})}), (Groups{0}));
  EXPECT_TRUE(groups_of({}).empty());
}

TEST(ColorScales, AreThoseOfAllLossesOfAGroup) {
  const auto scales =
      color_scales({map_with({1, 4, 100}), map_with({2, 3, 50}), map_with({70, 90, 100})});
  ASSERT_EQ(scales.size(), 3U);
  // Above 1 lie 2, 3, 4, 50 and 100: the median 4 is the middle of 1 and 16.
  for (const std::size_t k : {0, 1})
    EXPECT_EQ(std::pair(scales[k].low, scales[k].high), std::pair(1.0, 16.0));
  EXPECT_EQ(scales[2].low, 70);
}

}  // namespace
}  // namespace lrscape::test
