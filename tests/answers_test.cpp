#include "report/answers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "infinity.hpp"
#include "loss_maps.hpp"

namespace lrscape::test {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::Each;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

TEST(Answers, ShowTwoDigitsOfAnErrorAndTheValueToTheSamePlace) {
  const auto text = [](double value, double error) {
    return for_people(Estimate{value, error}, false);
  };
  EXPECT_EQ(text(0.396784, 0.000441), "0.39678 +- 0.00044");
  EXPECT_EQ(text(0.4, 0.0021), "0.4000 +- 0.0021");
  EXPECT_EQ(text(3.14159, 1.25), "3.1 +- 1.2");
  EXPECT_EQ(text(123.4, 15.2), "123 +- 15");
  EXPECT_EQ(text(123456, 1234), "123500 +- 1200");
  EXPECT_EQ(text(1.5e-12, 2.5e-14), "1.5e-12 +- 2.5e-14");
  EXPECT_EQ(for_people(Estimate{0.4, 0.002}, true), "0.4000 ± 0.0020");
}

TEST(Answers, ShowNoErrorThatIsUnknownOrZero) {
  EXPECT_EQ(for_people(Estimate{0.41237, not_run}, true), "0.4124");
  EXPECT_EQ(for_people(Estimate{2, 0}, true), "2");
}

TEST(Answers, ShowNumbersWithTwoDecimalsAndNoNegativeZero) {
  EXPECT_EQ(two_decimals(-0.966), "-0.97");
  EXPECT_EQ(two_decimals(-0.001), "0.00");
  EXPECT_EQ(interval_text({0.05, -0.041, 0.149}, two_decimals), " (95 % interval -0.04 to 0.15)");
  EXPECT_EQ(interval_text({0.05, not_run, not_run}, two_decimals), "");
}

TEST(Answers, CountTheSeedsThatHaveRun) {
  const auto text = [](const Values& losses) {
    return seeds_text(LossMap({1, 2}, {1}, {0, 1, 2}, losses));
  };
  EXPECT_EQ(text({1, 2, 3, 4, 5, 6}), "3 seeds");
  EXPECT_EQ(text({1, 2, 3, 4, 5, not_run}), "2 to 3 of 3 seeds");
  EXPECT_EQ(text({1, 2, not_run, not_run, not_run, not_run}), "2 of 3 seeds");
  EXPECT_EQ(seeds_text(map_of({1}, {1}, {1})), "1 seed");
}

std::vector<std::string> sentences(const LossMap& map) {
  ChosenMap chosen = {"a.zarr", "sgd", {}, map, /*is_cut=*/false};
  return answers(chosen, /*unicode=*/false);
}

TEST(Answers, SayWhyTheBestCellHasNoStandardError) {
  const std::string single = "a single seed gives no standard error and no intervals";
  const std::string unfinished = "the best cell has run with a single seed";
  const auto one = sentences(map_of({1, 2}, {1}, {1, 2}));
  EXPECT_THAT(one, Contains(HasSubstr(single)));
  // The cell of loss 1 has run with one of two seeds.
  const auto part = sentences(LossMap({1, 2}, {1}, {0, 1}, {1, not_run, 2, 3}));
  EXPECT_THAT(part, Contains(HasSubstr(unfinished)));
  const auto whole = sentences(LossMap({1, 2}, {1}, {0, 1}, {1, 2, 3, 4}));
  EXPECT_THAT(whole, Each(Not(AnyOf(HasSubstr(single), HasSubstr(unfinished)))));
}

TEST(Answers, SayWhyTheIntervalIsWiderThanTheErrorBesideIt) {
  const std::string why = "; unlike +-, this interval allows for having chosen the best of 2 cells";
  EXPECT_THAT(sentences(LossMap({1, 2}, {1}, {0, 1, 2}, {1, 2, 4, 5, 6, 7})),
              Contains(EndsWith(why)));
  // Two seeds give no interval, equal losses no error, and a single cell no choice.
  for (const LossMap& map : {LossMap({1, 2}, {1}, {0, 1}, {1, 2, 5, 6}),
                             LossMap({1, 2}, {1}, {0, 1, 2}, {1, 1, 1, 2, 2, 2}),
                             LossMap({1}, {1}, {0, 1, 2}, {1, 2, 4})})
    EXPECT_THAT(sentences(map), Each(Not(HasSubstr("unlike"))));
}

}  // namespace
}  // namespace lrscape::test
