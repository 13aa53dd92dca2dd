#include "io/csv.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "data_file.hpp"

namespace lrscape::test {
namespace {

using io::read_csv;
using namespace std::string_literals;

class CsvFile : public FileTest {};

TEST_F(CsvFile, DetectsTheSeparatorFromTheFirstLineOfNumbers) {
  for (const std::string text :
       {"1,2\n3,4\n", "1;2\n3;4\n", "1\t2\n3\t4\n", "1 2\n3 4\n", " 1   2 \n3\t 4\n",
        "\t1 2\n\t3 4\n", "1, 2\n3 ,4", "1,\t2\n3,\t4\n", "a,b\n1;2\n3;4\n"}) {
    SCOPED_TRACE(text);
    if (text.starts_with("a,b")) {
      // With the separator of the numbers, the header is a single field.
      EXPECT_TRUE(
          contains(refusal(read_csv, write("a.csv", text)), "line 1 has 1 field, expected 2"));
    } else {
      expect_matrix(read_csv(write("a.csv", text)), 2, 2, {1, 2, 3, 4});
    }
  }
  expect_matrix(read_csv(write("a.csv", "1\n2\n3")), 3, 1, {1, 2, 3});
  expect_matrix(read_csv(write("a.csv", "\"a, b\" \"c;\"\n1 2\n")), 1, 2, {1, 2});
}

TEST_F(CsvFile, SkipsAHeaderCommentsAndBlankLines) {
  const std::string text = "# made by hand\n\n  \t\nx, \"y, z\"\n# more\n1,2\n\n  # more\n3,4\n\n";
  expect_matrix(read_csv(write("a.csv", text)), 2, 2, {1, 2, 3, 4});
  expect_matrix(read_csv(write("a.csv", "b,\n3,4\n")), 1, 2, {3, 4});
  // Text next to a number may be a typing error in the data. The line must not pass for a header.
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "1,b\n3,4\n")), "line 1, column 2"));
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "a,b\nc,d\n1,2\n")), "line 2, column 1"));
}

TEST_F(CsvFile, UnderstandsCarriageReturnsAByteOrderMarkAndQuotes) {
  expect_matrix(read_csv(write("a.csv",
                               "\xef\xbb\xbf"
                               "1,2\r\n\r\n3,4\r\n")),
                2, 2, {1, 2, 3, 4});
  expect_matrix(read_csv(write("a.csv", "\xef\xbb\xbfx\r\n5\r\n")), 1, 1, {5});
  // Lines that end in a bare carriage return are not supported. They must not be joined silently.
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "1 2 \r3 4\r")), "line 1, column 3"));
  expect_matrix(read_csv(write("a.csv", "\"1\",\" 2 \"\n \"3\" ,4\n")), 2, 2, {1, 2, 3, 4});
  expect_matrix(read_csv(write("a.csv", "\"1\" \"2\"\n\"3\"\t4\n")), 2, 2, {1, 2, 3, 4});
  expect_matrix(read_csv(write("a.csv", "\"say \"\"a,b\"\"\",\"c\"\n1,2\n")), 1, 2, {1, 2});
}

TEST_F(CsvFile, ReadsEverySpellingOfANumber) {
  const Matrix matrix =
      read_csv(write("a.csv", "-1.5e-3,+2,.5,1.,1E5,0.1,4.9406564584124654e-324,007,-0,1e+2\n"));
  // The compiler reads the same text as literals and, like the reader, rounds correctly.
  EXPECT_EQ(matrix.values,
            (Values{-1.5e-3, 2, 0.5, 1, 1e5, 0.1, 4.9406564584124654e-324, 7, 0, 100}));
  EXPECT_TRUE(std::signbit(matrix.values[8]));
  const Matrix special = read_csv(write("a.csv", "nan,inf,-Infinity\n"));
  EXPECT_TRUE(std::isnan(special.values[0]));
  EXPECT_EQ(special.values[1], HUGE_VAL);
  EXPECT_EQ(special.values[2], -HUGE_VAL);
}

TEST_F(CsvFile, RefusesLinesOfDifferentLength) {
  const auto message = [&](const std::string& text) {
    return refusal(read_csv, write("a.csv", text));
  };
  EXPECT_TRUE(contains(message("# c\n1,2,3\n4,5,6\n7,8\n"),
                       "line 4 has 2 fields, expected 3 as in line 2"));
  EXPECT_TRUE(contains(message("1,2\n4,5,6,7\n"), "line 2 has 4 fields, expected 2 as in line 1"));
  EXPECT_TRUE(contains(message("1 2\n4\n"), "line 2 has 1 field, expected 2 as in line 1"));
  EXPECT_TRUE(contains(message("1\n4,5\n"), "line 2 has 2 fields, expected 1 as in line 1"));
  EXPECT_TRUE(contains(message("Run\n1,2\n"), "line 1 has 1 field, expected 2 as in line 2"));
}

TEST_F(CsvFile, RefusesFieldsThatAreNoNumbers) {
  const auto message = [&](const std::string& field) {
    return refusal(read_csv, write("a.csv", "x;y\n1;2\n3;" + field + "\n"));
  };
  for (const std::string text : {"abc", "1x", "0x10", "--1", "+-1", "++1", "1e", "-", "+", "1 2",
                                 "1,5", "1_000", "1#", "gr\303\266\303\237e"}) {
    EXPECT_TRUE(
        contains(message(text), "line 3, column 2: found \"" + text + "\", expected a number"));
  }
  // Decimal commas: the semicolon is the separator.
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "x;y\n1,5;2,5\n")),
                       "line 2, column 1: found \"1,5\""));
  EXPECT_TRUE(contains(message("\"1"), "column 2: found \"\"1\""));
  EXPECT_TRUE(contains(message("\"1\"2"), "column 2: found \"\"1\"2\""));
  EXPECT_TRUE(contains(message(""), "line 3, column 2: found an empty field"));
  EXPECT_TRUE(contains(message("\"\""), "line 3, column 2: found an empty field"));
  for (const std::string text : {"1e999", "-1e999", "1e-999"}) {
    EXPECT_TRUE(contains(message(text), "line 3, column 2: found " + text +
                                            ", expected a number in "
                                            "the range of a double"));
  }
  // The message shows at most 40 bytes, no partial character, and no byte that a terminal acts on.
  const std::string many(39, 'a');
  EXPECT_TRUE(contains(message(many + "bcd"), fmt::format("\"{}b...\"", many)));
  EXPECT_TRUE(contains(message(many + "\xc3\xb6"), fmt::format("\"{}...\"", many)));
  EXPECT_TRUE(contains(message("a\x1b[0m\x7f\xff\0z"s), "\"a\\x1b[0m\\x7f\\xff\\x00z\""));
}

TEST_F(CsvFile, TakesNoFirstLineWithAnEmptyFieldForAHeader) {
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "1,,3\n4,5,6\n")),
                       "line 1, column 2: found an empty field"));
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "1e999,2\n4,5\n")), "line 1, column 1"));
}

TEST_F(CsvFile, TakesABlankLineInASingleColumnForAMissingValue) {
  EXPECT_TRUE(contains(refusal(read_csv, write("a.txt", "# c\n\nx\n\n1\n2\n \t\n\n3\n")),
                       "line 7 is blank, expected 1 field as in line 5"));
  expect_matrix(read_csv(write("a.txt", "\n1\n# c\n2\n\n\n")), 2, 1, {1, 2});
}

TEST_F(CsvFile, RefusesAFileWithoutNumbers) {
  EXPECT_TRUE(
      contains(refusal(read_csv, write("a.csv", "# c\n\n")), "only blank lines and comments"));
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "\xef\xbb\xbf")), "only blank lines"));
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv", "\na,b\n")), "only a header (line 2)"));
  EXPECT_TRUE(contains(refusal(read_csv, write("a.csv",
                                               "\xff\xfe"
                                               "1\0"s)),
                       "UTF-16"));
}

}  // namespace
}  // namespace lrscape::test
