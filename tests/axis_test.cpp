#include "lrscape/axis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "lrscape/error.hpp"

namespace lrscape {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing::ThrowsMessage;
using Values = std::vector<double>;

Values logarithmic(const std::string& text) {
  return parse_axis(text, "learning rate", Spacing::logarithmic);
}

Values linear(const std::string& text) { return parse_axis(text, "cooldown", Spacing::linear); }

/// An exponent of up to 16 is off by up to 2e-15, and its power of 10 by a relative 4e-15.
void expect_values(const Values& given, const Values& expected) {
  ASSERT_EQ(given.size(), expected.size());
  for (std::size_t k = 0; k < given.size(); ++k)
    EXPECT_NEAR(given[k], expected[k], 6e-15 * std::abs(expected[k])) << k;
}

template <class... Parts>
void expect_refusal(const std::string& text, const Parts&... parts) {
  EXPECT_THAT([&] { logarithmic(text); },
              ThrowsMessage<InputError>(
                  AllOf(StartsWith("learning rate: "), HasSubstr(parts)..., Not(HasSubstr("\n")))))
      << "'" << text << "'";
}

TEST(Axis, ReadsValuesInAnyOrder) {
  EXPECT_EQ(logarithmic("0.5"), Values{0.5});
  EXPECT_EQ(logarithmic("3,1e-3,0"), (Values{0, 1e-3, 3}));
}

TEST(Axis, GivesTheDecadesOfARangeExactly) {
  EXPECT_EQ(logarithmic("1e-5:100:8"), (Values{1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100}));
  EXPECT_EQ(linear("0:0.5:6"), (Values{0, 0.1, 0.2, 0.3, 0.4, 0.5}));
}

TEST(Axis, SpacesALogarithmicRangeByEqualFactors) {
  expect_values(logarithmic("1e-4:1:5"), {1e-4, 1e-3, 1e-2, 1e-1, 1});
  expect_values(logarithmic("1:8:4"), {1, 2, 4, 8});
  // Computed with mpmath 1.3 at 200 bits.
  expect_values(logarithmic("3.2e-4:10:10"),
                {3.2e-4, 0.0010105964271522113, 0.0031915785580400452, 0.010079368399158985,
                 0.031831792787940537, 0.10052842519169447, 0.31748021039363988, 1.0026386447354525,
                 3.166446975294948, 10});
}

TEST(Axis, SpacesALinearRangeByEqualSteps) {
  EXPECT_EQ(linear("0:1:5"), (Values{0, 0.25, 0.5, 0.75, 1}));
  EXPECT_EQ(linear("-1:1:3"), (Values{-1, 0, 1}));
  expect_values(linear("0.05:0.95:4"), {0.05, 0.35, 0.65, 0.95});
}

// Expects the literals that a person would type.
TEST(Axis, GivesTheDecimalsOfALinearRangeAsTheyAreTyped) {
  EXPECT_EQ(linear("0.05:0.95:19"), (Values{0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5,
                                            0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95}));
  EXPECT_EQ(linear("-0.3:0.3:7"), (Values{-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3}));
  EXPECT_EQ(linear("1e-3:5e-3:5"), (Values{1e-3, 2e-3, 3e-3, 4e-3, 5e-3}));
  EXPECT_EQ(linear("1e22:5e22:5"), (Values{1e22, 2e22, 3e22, 4e22, 5e22}));
  EXPECT_EQ(linear("0:1:4"), (Values{0, 1.0 / 3, 2.0 / 3, 1}));
  EXPECT_EQ(linear("-1.7976931348623157e308:1.7976931348623157e308:3"),
            (Values{-1.7976931348623157e308, 0, 1.7976931348623157e308}));
}

TEST(Axis, KeepsWholeNumbersWhole) {
  for (const auto& [text, first, count] : {std::tuple("0:100:101", 0, 101),
                                           {"1:5000:5000", 1, 5000},
                                           {"7:1000006:1000000", 7, 1000000}}) {
    const auto values = linear(text);
    ASSERT_EQ(values.size(), static_cast<std::size_t>(count));
    for (int k = 0; k < count; ++k)
      ASSERT_EQ(values[static_cast<std::size_t>(k)], first + k) << text;
  }
}

// From 1e-300 to 1, for example, no common exponent leaves room for all digits.
TEST(Axis, RisesWithinRangesThatAreNoShortDecimals) {
  for (const std::string text : {"0.1:1.2345678901234567:1000", "1e-300:1:1000", "1e-5:1e300:77",
                                 "0.3333333333333333:0.6666666666666666:99999"}) {
    const auto values = linear(text);
    EXPECT_TRUE(std::is_sorted(values.begin(), values.end())) << text;
    const double step = (values.back() - values.front()) / static_cast<double>(values.size() - 1);
    for (std::size_t k = 0; k < values.size(); ++k)
      ASSERT_NEAR(values[k], values.front() + step * static_cast<double>(k), 1e-15 * values.back())
          << text << ", " << k;
  }
}

TEST(Axis, LetsAPrefixDecideTheSpacing) {
  EXPECT_EQ(logarithmic("lin:2:4:3"), (Values{2, 3, 4}));
  expect_values(linear("log:1:8:4"), {1, 2, 4, 8});
  EXPECT_EQ(linear("lin:2:4:3"), linear("2:4:3"));
  EXPECT_EQ(logarithmic("log:1e-3:7:9"), logarithmic("1e-3:7:9"));
}

TEST(Axis, HasTheEndPointsToTheBit) {
  for (const std::string prefix : {"lin:", "log:"}) {
    for (const std::string count : {"2", "3", "10", "1000"}) {
      const auto values = logarithmic(prefix + "1e-4:3.2:" + count);
      EXPECT_EQ(values.size(), std::stoul(count));
      EXPECT_EQ(values.front(), 1e-4);
      EXPECT_EQ(values.back(), 3.2);
      EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
    }
  }
}

TEST(Axis, ReadsARangeOfOneValue) {
  EXPECT_EQ(logarithmic("0.3:0.3:1"), Values{0.3});
  EXPECT_EQ(logarithmic("lin:0:0:1"), Values{0});
}

TEST(Axis, JoinsValuesAndRangesInRisingOrder) {
  expect_values(logarithmic("0,1e-3:1:4"), {0, 1e-3, 1e-2, 1e-1, 1});
  expect_values(logarithmic("100,1:10:2,lin:2:4:3,0.5"), {0.5, 1, 2, 3, 4, 10, 100});
}

TEST(Axis, RefusesALogarithmicRangeThatBeginsAtZeroOrBelow) {
  expect_refusal("0:1:3", "'0:1:3'", "above 0", "lin:0:1:3");
  expect_refusal("-1:1:3", "'-1:1:3'", "above 0");
  EXPECT_EQ(logarithmic("lin:0:1:3"), (Values{0, 0.5, 1}));
}

TEST(Axis, RefusesARangeThatDoesNotRise) {
  expect_refusal("1:0.1:5", "'1:0.1:5'", "rise");
  expect_refusal("1:1:2", "'1:1:2'", "rise");
  expect_refusal("1:2:1", "'1:2:1'", "rise");
  expect_refusal("lin:1:-1:3", "'lin:1:-1:3'", "rise");
  expect_refusal("1:inf:3", "'1:inf:3'");
  expect_refusal("nan:1:3", "'nan:1:3'");
}

TEST(Axis, RefusesCountsThatAreNone) {
  for (const auto* text : {"1:2:0", "1:2:-1", "1:2:2.5", "1:2:1000001", "1:2:nan", "1:2:inf"})
    expect_refusal(text, text, "whole number from 1 to 1000000");
}

TEST(Axis, TakesAValueThatIsGivenTwiceOnce) {
  EXPECT_EQ(logarithmic("1,2,1"), (Values{1, 2}));
  EXPECT_EQ(logarithmic("0.1:10:3,10"), (Values{0.1, 1, 10}));
  EXPECT_EQ(logarithmic("3e-4:3e-1:4,3e-3"), (Values{3e-4, 3e-3, 3e-2, 3e-1}));
  EXPECT_EQ(logarithmic("0,-0").size(), 1U);
}

TEST(Axis, GivesTheDecimalsOfALogarithmicRangeAsTheyAreTyped) {
  EXPECT_EQ(logarithmic("3e-4:3e-1:4"), (Values{3e-4, 3e-3, 3e-2, 3e-1}));
  EXPECT_EQ(logarithmic("1e-4:1.6e-3:5"), (Values{1e-4, 2e-4, 4e-4, 8e-4, 1.6e-3}));
  EXPECT_EQ(logarithmic("2.5e-7:2.5e9:17"),
            (Values{2.5e-7, 2.5e-6, 2.5e-5, 2.5e-4, 2.5e-3, 2.5e-2, 2.5e-1, 2.5, 25, 250, 2.5e3,
                    2.5e4, 2.5e5, 2.5e6, 2.5e7, 2.5e8, 2.5e9}));
  // Powers of 1.5, exact in binary and in decimal.
  EXPECT_EQ(logarithmic("1:11.390625:7"),
            (Values{1, 1.5, 2.25, 3.375, 5.0625, 7.59375, 11.390625}));
  // No short decimal: it stays a power.
  EXPECT_NEAR(logarithmic("1:10:3")[1], 3.1622776601683795, 1e-15);
}

TEST(Axis, RefusesJunk) {
  for (const std::string text : {"",          ",",       "1,",      ",1",          "1,,2",
                                 "a",         "1x",      " 1",      "1 ",          "1e999",
                                 "1:2",       "1:2:3:4", ":",       "::",          "1::3",
                                 "a:2:3",     "1:b:3",   "1:2:c",   "lin",         "log",
                                 "lin:",      "lin:5",   "log:1:2", "log:1:2:3:4", "lin:log:1:2:3",
                                 "Lin:1:2:3", "1;2",     "0x10"})
    expect_refusal(text);
  expect_refusal("1:2", "'1:2'", "lo:hi:count");
  expect_refusal("5,1x", "'1x' is not a number");
}

TEST(Axis, OfAFinerRangeHasEveryValueOfACoarserOne) {
  for (const std::string ends : {"3e-4:0.7", "1e-3:3.2", "1e-4:3.2", "0.017:5.9"})
    for (const int coarse : {4, 8, 31})
      for (const int factor : {2, 3, 5, 7}) {
        const auto range = [&](int count) {
          return parse_axis(ends + ":" + std::to_string(count), "--lr", Spacing::logarithmic);
        };
        const auto few = range(coarse), many = range((coarse - 1) * factor + 1);
        for (int k = 0; k < coarse; ++k)
          EXPECT_EQ(few[static_cast<std::size_t>(k)], many[static_cast<std::size_t>(k * factor)])
              << ends << " " << coarse << " x " << factor << ", value " << k;
      }
}

}  // namespace
}  // namespace lrscape
