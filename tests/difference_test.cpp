#include "store/difference.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace lrscape::test {
namespace {

using nlohmann::ordered_json;

std::string difference_of(const ordered_json& there, const ordered_json& here) {
  return difference(there, here, [](std::string_view) { return AxisValues{}; });
}

/// The difference of configurations that have this key alone.
std::string difference_at(const std::string& key, const ordered_json& there,
                          const ordered_json& here) {
  return difference_of({{key, there}}, {{key, here}});
}

TEST(Difference, IsEmptyForEqualConfigurationsWhateverTheOrderOfTheirKeys) {
  EXPECT_EQ(difference_of({{"epochs", 3}, {"seeds", 2}}, {{"seeds", 2}, {"epochs", 3}}), "");
  EXPECT_EQ(difference_at("optimizers", ordered_json::array({{{"name", "sgd"}, {"momentum", 0.0}}}),
                          ordered_json::array({{{"momentum", 0}, {"name", "sgd"}}})),
            "");
}

TEST(Difference, NamesTheFirstScheduleOrValueOfABoundThatDiffers) {
  EXPECT_EQ(difference_at("first_schedules", {"linear", "cosine"}, {"linear", "sqrt"}),
            "schedule 2 is cosine in the result, but sqrt in this command");
  EXPECT_EQ(
      difference_at("steps", {5, 9}, {5, 10}),
      "the numbers of steps differ: 2 from 5 to 9 in the result, 2 from 5 to 10 in this command");
  EXPECT_EQ(difference_at("gammas", ordered_json::array(), ordered_json::array({0.5})),
            "the base learning rates differ: none in the result, 0.5 in this command");
  EXPECT_EQ(difference_at("horizons", "anytime", ordered_json::array()),
            "the horizons are all in the result, but only the last in this command");
  EXPECT_EQ(difference_at("horizons", {1, 2, 4}, {1, 3, 4}),
            "the horizons differ: 3 from 1 to 4 in both, but value 2 is 2 in the result and 3 in "
            "this command");
  EXPECT_EQ(difference_at("formula", "last iterate", "orabona"),
            "the formula is last iterate in the result, but orabona in this command");
}

TEST(Difference, LeavesOutWhatAnotherDifferenceExplains) {
  // Another number of rows has other values, and another schedule has other multipliers.
  EXPECT_EQ(difference_of({{"train_rows", 4}, {"train_features", "a"}, {"train_targets", "b"}},
                          {{"train_rows", 5}, {"train_features", "c"}, {"train_targets", "d"}}),
            "the number of training rows is 4 in the result, but 5 in this command");
  EXPECT_EQ(difference_of({{"schedule", "linear"}, {"schedule_values", "a"}},
                          {{"schedule", "cosine"}, {"schedule_values", "b"}}),
            "the schedule is linear in the result, but cosine in this command");
  EXPECT_EQ(difference_of({{"schedule", "custom:a.txt"}, {"schedule_values", "a"}},
                          {{"schedule", "custom:a.txt"}, {"schedule_values", "b"}}),
            "the values of the schedule differ (same schedule, other values: from another file or "
            "another C library)");
}

TEST(Difference, ShowsThePartOfALongTextThatDiffers) {
  const std::string common(100, 'x');
  EXPECT_EQ(difference_at("schedule", common + "1" + common, common + "2" + common),
            "the schedule is ..." + std::string(10, 'x') + "1" + std::string(46, 'x') +
                "... in the result, but ..." + std::string(10, 'x') + "2" + std::string(46, 'x') +
                "... in this command");
  EXPECT_EQ(difference_at("schedule", "a\n", "a\x1b"),
            "the schedule is a\\x0a in the result, but a\\x1b in this command");
}

TEST(Difference, ShowsTheWholeOfTextsOf60Characters) {
  const std::string common(59, 'x');
  EXPECT_EQ(difference_at("schedule", common + "1", common + "2"),
            "the schedule is " + common + "1 in the result, but " + common + "2 in this command");
}

TEST(Difference, NeverShowsTwoEqualTexts) {
  EXPECT_EQ(difference_at("epochs", "3", 3), "the number of epochs is different");
  EXPECT_EQ(difference_at("schedule", "\n", "\\x0a"), "the schedule is different");
  EXPECT_EQ(difference_at("learning_rate_values", "crc64:1", "crc64:2"),
            "the learning rates differ (same number, other values)");
}

TEST(Difference, DoesNotTrustTheShapeOfAStoredConfiguration) {
  for (const ordered_json& odd :
       {ordered_json(nullptr), ordered_json(1), ordered_json("x"), ordered_json::array(),
        ordered_json::object(), ordered_json({{"a", 1}}), ordered_json({1, 2})})
    for (const std::string key : {"optimizers", "spaces", "row_orders", "recorded", "train_loss",
                                  "first_schedules", "steps", "horizons", "epochs", "schedule"}) {
      const ordered_json sound = key == "optimizers"
                                     ? ordered_json::array({{{"name", "sgd"}, {"momentum", 0}}})
                                     : ordered_json("y");
      SCOPED_TRACE(key + odd.dump());
      EXPECT_NE(difference_at(key, odd, sound), "");
      if (key == "optimizers") continue;
      EXPECT_NE(difference_of({{"optimizers", odd}, {key, odd}},
                              {{"optimizers", ordered_json::array()}, {key, sound}}),
                "");
    }
}

}  // namespace
}  // namespace lrscape::test
