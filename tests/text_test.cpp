#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

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

TEST(DidYouMean, SuggestsANameWithATypo) {
  const auto suggested = [](std::string_view given, std::vector<std::string_view> names) {
    return did_you_mean(given, names);
  };
  EXPECT_EQ(suggested("cosin", {"linear", "cosine"}), "; did you mean cosine?");
  EXPECT_EQ(suggested("mgp", {"weight", "mpg"}), "; did you mean mpg?");  // One exchange.
  EXPECT_EQ(suggested("amad-l2", {"sgd", "adam-l2"}), "; did you mean adam-l2?");
  EXPECT_EQ(suggested("tcsh", {"bash", "zsh", "fish"}), "");  // Two edits in four characters.
  EXPECT_EQ(suggested("z", {"a", "b"}), "");
}

TEST(DidYouMean, SuggestsAtMostTwoNamesThatBeginAsGiven) {
  const auto suggested = [](std::vector<std::string_view> names) {
    return did_you_mean("adam", names);
  };
  EXPECT_EQ(suggested({"adam-l2", "sgd", "adam-prox"}), "; did you mean adam-l2 or adam-prox?");
  EXPECT_EQ(suggested({"adam-l2", "adamw-pt", "adam-prox"}), "");
}

TEST(Printable, KeepsOnlyValidUtf8) {
  // Two, three and four bytes are kept: o umlaut, euro, a clef.
  EXPECT_EQ(printable("\xc3\xb6\xe2\x82\xac\xf0\x9d\x84\x9e"),
            "\xc3\xb6\xe2\x82\xac\xf0\x9d\x84\x9e");
  // Overlong '/' and o umlaut, a surrogate, beyond U+10FFFF, cut short, a stray continuation.
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");
  EXPECT_EQ(printable("\xe0\x83\xb6"), "\\xe0\\x83\\xb6");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82");
  EXPECT_EQ(printable("\x82"), "\\x82");
  // The next-line control character and the right-to-left override.
  EXPECT_EQ(printable("\xc2\x85\xe2\x80\xae"), "\\xc2\\x85\\xe2\\x80\\xae");
}

TEST(Printable, EscapesControlCharactersAndEveryBidirectionalMark) {
  EXPECT_EQ(printable("a\tb\n\x1b[0m\x7f"), "a\\x09b\\x0a\\x1b[0m\\x7f");
  EXPECT_EQ(printable("\xc2\x9f\xc2\xa0"), "\\xc2\\x9f\xc2\xa0");  // U+009F and U+00A0
  // The twelve code points with the property Bidi_Control in Unicode's PropList.txt.
  for (const std::string mark : {"\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c",
                                 "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"})
    EXPECT_EQ(printable(mark).front(), '\\') << testing::PrintToString(mark);
}

TEST(JsonString, IsAsciiWithoutControlCharacters) {
  EXPECT_EQ(json_string("a\"b\\\n\x1b"), R"("a\"b\\\n\u001b")");
  // e acute, a clef beyond the basic plane as two surrogates, and a byte that is not UTF-8.
  EXPECT_EQ(json_string("\xc3\xa9\xf0\x9d\x84\x9e\xff"), R"("\u00e9\ud834\udd1e\ufffd")");
}

TEST(CsvField, IsQuotedAsRfc4180Says) {
  EXPECT_EQ(csv_field("adamw-pt"), "adamw-pt");
  EXPECT_EQ(csv_field("a b"), "a b");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(csv_field("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv_field("a\rb"), "\"a\rb\"");
  EXPECT_EQ(csv_field(""), "");
}

}  // namespace
}  // namespace lrscape
