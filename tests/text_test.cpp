#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "lrscape/error.hpp"

namespace lrscape {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

template <class Whole>
void expect_refused(std::string_view text, std::string_view reason) {
  EXPECT_THAT([&] { parse_whole_number<Whole>(text, "--x"); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("--x: '" + std::string(text) + "'"),
                                              HasSubstr(std::string(reason)))));
}

TEST(ParseWholeNumber, IsDecimalWhateverItsLeadingZeros) {
  EXPECT_EQ(parse_whole_number<int>("010", ""), 10);
  EXPECT_EQ(parse_whole_number<std::int64_t>("-0089", ""), -89);
  EXPECT_EQ(parse_whole_number<std::uint64_t>("0", ""), 0U);
  expect_refused<int>("0x10", "is not a number");
  expect_refused<std::uint64_t>("0b1", "is not a number");
}

TEST(ParseWholeNumber, IsExactOverItsWholeRange) {
  // No double equals 2^53 + 1. The limits are those of two's complement.
  EXPECT_EQ(parse_whole_number<std::int64_t>("9007199254740993", ""), 9007199254740993);
  EXPECT_EQ(parse_whole_number<std::int64_t>("9223372036854775807", ""),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_whole_number<std::int64_t>("-9223372036854775808", ""),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_whole_number<std::uint64_t>("18446744073709551615", ""),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_whole_number<int>("2147483647", ""), std::numeric_limits<int>::max());
}

TEST(ParseWholeNumber, RefusesWhatLiesBeyondItsRange) {
  expect_refused<std::int64_t>("9223372036854775808", "to 9223372036854775807");
  expect_refused<std::int64_t>("-9223372036854775809", "from -9223372036854775808");
  expect_refused<std::uint64_t>("18446744073709551616", "from 0 to 18446744073709551615");
  expect_refused<std::uint64_t>("-1", "from 0 to 18446744073709551615");
  expect_refused<int>("2147483648", "to 2147483647");
  expect_refused<int>("1e300", "to 2147483647");
  expect_refused<int>("inf", "to 2147483647");
}

TEST(ParseWholeNumber, TakesAPowerOfTenAndRefusesAFraction) {
  EXPECT_EQ(parse_whole_number<int>("1e3", ""), 1000);
  EXPECT_EQ(parse_whole_number<int>("5.0", ""), 5);
  expect_refused<int>("2.5", "is not a whole number");
  expect_refused<int>("nan", "is not a whole number");
  expect_refused<int>("", "is not a number");
  expect_refused<int>("5 ", "is not a number");
}

}  // namespace
}  // namespace lrscape
