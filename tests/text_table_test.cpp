#include "text_table.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace lrscape::test {
namespace {

using io::Header;
using io::read_matrix;
using io::Table;
using namespace std::string_literals;

TEST_F(TextTable, DetectsTheSeparatorFromTheFirstLines) {
  for (const std::string text :
       {"1,2\n3,4\n", "1;2\n3;4\n", "1\t2\n3\t4\n", "1 2\n3 4\n", " 1   2 \n3\t 4\n",
        "\t1 2\n\t3 4\n", "1, 2\n3 ,4", "1,\t2\n3,\t4\n", "speed (m/s), time\n1,2\n3,4\n"})
    expect_values(text, 2, 2, {1, 2, 3, 4});
  // With the separator of the numbers, the header is a single field.
  EXPECT_TRUE(contains(message("a,b\n1;2\n3;4\n"), "line 1 has 1 field, expected 2"));
  expect_values("1\n2\n3", 3, 1, {1, 2, 3});
  expect_values("\"a, b\" \"c;\"\n1 2\n", 1, 2, {1, 2});
  // The first three lines of auto-mpg.data: blanks, with a tab before the quoted name.
  const Table cars = read(
      "18.0   8   307.0      130.0\t\"chevrolet chevelle malibu\"\n"
      "15.0   8   350.0      ?\t\"buick skylark 320\"\n",
      Header::no);
  ASSERT_EQ(cars.columns.size(), 5U);
  EXPECT_EQ(cars.values(0, 2), 307);
  EXPECT_TRUE(std::isnan(cars.values(1, 3)));
  EXPECT_EQ(cars.columns[4].texts,
            (std::vector<std::string>{"buick skylark 320", "chevrolet chevelle malibu"}));
}

TEST_F(TextTable, WarnsIfCommasBetweenTwoWholeNumbersMayBeDecimalCommas) {
  const std::string word = "replace them by points";
  EXPECT_TRUE(contains(notes(read("1,5\n2,75\n-3,5\n")), word));
  for (const std::string text :
       {"1,5\n2,75\n", "1,5\n2,7.5\n3,1\n", "x,y\n1,5\n2,75\n3,1\n", "1,5,6\n2,7,6\n3,7,6\n",
        "1;5\n2;7\n3;1\n", "1,5\n2,\n3,1\n", "1,a\n2,b\n3,c\n"})
    EXPECT_FALSE(contains(notes(read(text)), word)) << text;
}

TEST_F(TextTable, SortsTextsWithoutTheQuotesThatEncloseThem) {
  // In quotes, a doubled quote is one quote. "b" and b are the same text.
  const Table table = read("t,x\n\"\"\"a\",1\n\"b\",2\nb,3\n\"a \"\"b\"\"\",4\n\"a!\",5\n");
  EXPECT_EQ(table.columns[0].texts, (std::vector<std::string>{"\"a", "a \"b\"", "a!", "b"}));
  EXPECT_EQ(table.values(1, 0), table.values(2, 0));
}

TEST_F(TextTable, ReadsDecimalCommasThatSeparateNoFields) {
  for (const std::string text : {"1,5;2,25\n-3;4e1\n", "1,5\t2,25\n-3\t4e1\n", "1,5 2,25\n-3 4e1\n",
                                 "x;y\n1,5;2,25\n-3;4e1\n"}) {
    expect_values(text, 2, 2, {1.5, 2.25, -3, 40});
    EXPECT_TRUE(contains(notes(read(text)), "commas are read as decimal commas"));
  }
  // The first decimal comma may come late.
  std::string late;
  for (int k = 0; k < 200; ++k) late += "1;2\n";
  EXPECT_EQ(read(late + "1,5;2\n").values(200, 0), 1.5);
  EXPECT_EQ(notes(read("1;2\n3;4\n")), "");
  expect_values("1,5\n2,5\n", 2, 2, {1, 5, 2, 5});
  EXPECT_TRUE(contains(message("1,5;2\n2.5;3\n"),
                       "line 2, column 1: found \"2.5\", expected a number with a decimal comma as "
                       "in line 1"));
  EXPECT_TRUE(contains(message("1.5;2\n2,5;3\n"), "line 2, column 1: found \"2,5\""));
  EXPECT_TRUE(contains(message("1,5;2\n1,234,5;3\n"), "line 2, column 1: found \"1,234,5\""));
}

TEST_F(TextTable, SkipsCommentsAndBlankLinesAndSaysSo) {
  const Table table = read("# made by hand\n\n  \t\nx, \"y, z\"\n# more\n1,2\n\n  # more\n3,4\n\n");
  expect_matrix(table.values, 2, 2, {1, 2, 3, 4});
  EXPECT_EQ(table.columns[1].title, "y, z");
  EXPECT_TRUE(contains(notes(table), "skipped 3 lines that begin with # (line 1, ...)"));
  EXPECT_TRUE(contains(notes(read("1,2\n#3,4\n")), "skipped a line that begins with # (line 2)"));
  // Spreadsheets write #N/A for a missing value.
  EXPECT_TRUE(std::isnan(read("1,2\n#N/A,4\n").values(1, 0)));
}

TEST_F(TextTable, UnderstandsCarriageReturnsAByteOrderMarkAndQuotes) {
  expect_values(
      "\xef\xbb\xbf"
      "1,2\r\n\r\n3,4\r\n",
      2, 2, {1, 2, 3, 4});
  expect_values("\xef\xbb\xbfx\r\n5\r\n", 1, 1, {5});
  // Lines that end in a bare carriage return are not supported. They must not be joined silently.
  EXPECT_TRUE(contains(message("1 2 \r3 4\r"), "header"));
  expect_values("\"1\",\" 2 \"\n \"3\" ,4\n", 2, 2, {1, 2, 3, 4});
  expect_values("\"1\" \"2\"\n\"3\"\t4\n", 2, 2, {1, 2, 3, 4});
  const Table quoted = read("\"say \"\"a,b\"\"\",\"c\"\n1,2\n");
  EXPECT_EQ(quoted.columns[0].title, "say \"a,b\"");
}

TEST_F(TextTable, ReadsEverySpellingOfANumber) {
  const Matrix matrix =
      read("-1.5e-3,+2,.5,1.,1E5,0.1,4.9406564584124654e-324,007,-0,1e+2\n").values;
  // The compiler reads the same text as literals and, like the reader, rounds correctly.
  EXPECT_EQ(matrix.values,
            (Values{-1.5e-3, 2, 0.5, 1, 1e5, 0.1, 4.9406564584124654e-324, 7, 0, 100}));
  EXPECT_TRUE(std::signbit(matrix.values[8]));
}

TEST_F(TextTable, TakesEverySpellingOfAMissingValueForMissing) {
  for (const std::string text : {"", "\"\"", "NA", "na", "N/A", "NaN", "nan", "-nan", "null",
                                 "NULL", "None", "<NA>", "?", "#N/A"}) {
    const Table table = read("x,y\n1,2\n3," + text + "\n5,6\n");
    EXPECT_TRUE(std::isnan(table.values(1, 1))) << text;
    EXPECT_EQ(io::complete_rows(table), (std::vector<bool>{true, false, true})) << text;
    const auto refuse = [](const auto& path) { io::refuse_missing(read_matrix(path)); };
    EXPECT_TRUE(contains(refusal(refuse, write("a.csv", "x,y\n1,2\n3," + text + "\n5,6\n")),
                         "line 3, column 2: the value is missing"));
  }
}

TEST_F(TextTable, RefusesLinesOfDifferentLength) {
  EXPECT_TRUE(contains(message("# c\n1,2,3\n4,5,6\n7,8\n"),
                       "line 4 has 2 fields, expected 3 as in line 2"));
  EXPECT_TRUE(contains(message("1,2\n4,5,6,7\n"), "line 2 has 4 fields, expected 2 as in line 1"));
  EXPECT_TRUE(contains(message("1 2\n4\n"), "line 2 has 1 field, expected 2 as in line 1"));
  EXPECT_TRUE(contains(message("1\n4,5\n"), "line 2 has 2 fields, expected 1 as in line 1"));
  EXPECT_TRUE(contains(message("Run\n1,2\n"), "line 1 has 1 field, expected 2 as in line 2"));
}

TEST_F(TextTable, RefusesTextInAColumnOfNumbers) {
  const auto place = [&](const std::string& field) {
    return message("x;y\n1;2\n3;" + field + "\n4;5\n");
  };
  for (const std::string text : {"abc", "1x", "0x10", "--1", "+-1", "++1", "1e", "-", "+", "1 2",
                                 "1_000", "1#", "1.O", "gr\303\266\303\237e"})
    EXPECT_TRUE(
        contains(place(text), "line 3, column 2: found \"" + text + "\", expected a number"));
  // The text comes first, and the numbers show that it is wrong.
  EXPECT_TRUE(contains(message("x,y\n1,1.O\n2,1.5\n"),
                       "line 2, column 2: found \"1.O\", expected a number as in line 3"));
  EXPECT_TRUE(contains(place("\"1"), "column 2: found \"\"1\""));
  EXPECT_TRUE(contains(place("\"1\"2"), "column 2: found \"\"1\"2\""));
  for (const std::string text : {"1e999", "-1e999", "1e-999"})
    EXPECT_TRUE(contains(place(text), "line 3, column 2: found " + text +
                                          ", expected a number in the range of a double"));
  for (const std::string text : {"inf", "-Infinity"})
    EXPECT_TRUE(contains(place(text), "line 3, column 2: found " + text + ", expected a finite"));
  // The message shows at most 40 bytes, no partial character, and no byte that a terminal acts on.
  const std::string many(39, 'a');
  EXPECT_TRUE(contains(place(many + "bcd"), fmt::format("\"{}b...\"", many)));
  EXPECT_TRUE(contains(place(many + "\xc3\xb6"), fmt::format("\"{}...\"", many)));
  EXPECT_TRUE(contains(place("a\x1b[0m\x7f\xff\0z"s), "\"a\\x1b[0m\\x7f\\xff\\x00z\""));
}

TEST_F(TextTable, TakesABlankLineInASingleColumnForAMissingValue) {
  const Table table = read("# c\n\nx\n1\n2\n \t\n\n3\n\n");
  ASSERT_EQ(table.values.rows, 5U);
  EXPECT_EQ(io::complete_rows(table), (std::vector<bool>{true, true, false, false, true}));
  EXPECT_EQ(table.place(2), "line 6");
  EXPECT_FALSE(io::complete_rows(read("x\n\n1\n"))[0]);
  expect_values("\n1\n# c\n2\n\n\n", 2, 1, {1, 2});
}

TEST_F(TextTable, RefusesAFileWithoutNumbers) {
  EXPECT_TRUE(contains(message("# c\n\n"), "only blank lines and comments"));
  EXPECT_TRUE(contains(message("\xef\xbb\xbf"), "only blank lines"));
  EXPECT_TRUE(contains(message("\na,b\n"), "only a header (line 2)"));
  EXPECT_TRUE(contains(message("\xff\xfe"
                               "1\0"s),
                       "UTF-16"));
}

// Headers

TEST_F(TextTable, TakesAFirstLineWithTextForTitlesAndSaysSo) {
  const Table table = read("age,bmi\n1,2\n");
  expect_matrix(table.values, 1, 2, {1, 2});
  EXPECT_EQ(table.columns[1].title, "bmi");
  ASSERT_EQ(table.notes.size(), 1U);
  EXPECT_TRUE(contains(table.notes[0].text, "line 1 is read as titles: age, bmi"));
  EXPECT_FALSE(table.notes[0].doubtful);
  EXPECT_EQ(table.facts, std::vector<std::string>{"titles in line 1"});
  // A number among the titles may be a value, and its neighbour a typing error.
  const Table mixed = read("1,b\n3,4\n");
  expect_matrix(mixed.values, 1, 2, {3, 4});
  EXPECT_TRUE(mixed.notes[0].doubtful);
  EXPECT_EQ(mixed.notes[0].remedy, Remedy::no_header);
  // A missing value is no title.
  EXPECT_EQ(read("1,,3\n4,5,6\n").values.rows, 2U);
  EXPECT_EQ(read("NA,2,3\n4,5,6\n").values.rows, 2U);
  EXPECT_TRUE(contains(message("1e999,2\n4,5\n"), "line 1, column 1"));
}

TEST_F(TextTable, SuspectsTitlesThatAreNumbers) {
  // pandas writes the titles 0, 1, 2 above columns without names.
  const Table titled = read("0,1,2\n0.5,1.5,2.5\n3.5,4,5\n");
  expect_matrix(titled.values, 2, 3, {0.5, 1.5, 2.5, 3.5, 4, 5});
  EXPECT_EQ(titled.columns[2].title, "2");
  EXPECT_TRUE(contains(notes(titled), "line 1 is read as titles: 0, 1, 2"));
  EXPECT_EQ(titled.notes[0].remedy, Remedy::no_header);
  EXPECT_TRUE(titled.notes[0].doubtful);
  EXPECT_EQ(read("2019,2020,2021\n0.5,1.5,2.5\n").values.rows, 1U);
  EXPECT_EQ(read("0,1,2,3,4,5,6,7\n9,9,9,9,9,9,9,9\n").values.rows, 1U);
  EXPECT_EQ(read("0,1\n1.5,red\n").values.rows, 1U);

  // Whole numbers below, or only two columns: the line may well be values.
  for (const std::string text : {"0,1\n0.5,1.5\n", "0,1\n1,0\n", "0,1,2\n7,8,9\n"}) {
    const Table kept = read(text);
    EXPECT_EQ(kept.values.rows, 2U) << text;
    ASSERT_EQ(kept.notes.size(), 1U) << text;
    EXPECT_TRUE(contains(kept.notes[0].text, "is read as values; it may be titles"));
    EXPECT_EQ(kept.notes[0].remedy, Remedy::header);
  }
  for (const std::string text : {"1,2\n3,4\n", "0,2,1\n0.5,1.5,2.5\n", "1,2,3\n7,8,9\n"})
    EXPECT_EQ(notes(read(text)), "") << text;
}

TEST_F(TextTable, LeavesTheDecisionAboutTitlesToTheCaller) {
  expect_matrix(read("0,1,2\n0.5,1.5,2.5\n", Header::no).values, 2, 3, {0, 1, 2, 0.5, 1.5, 2.5});
  const Table titled = read("5,7\n1,2\n", Header::yes);
  expect_matrix(titled.values, 1, 2, {1, 2});
  EXPECT_EQ(titled.columns[1].title, "7");
  EXPECT_EQ(notes(titled), "");
  EXPECT_EQ(read("1.O\n2\n", Header::yes).values.rows, 1U);
  EXPECT_TRUE(contains(message("loss\n2\n", Header::no), "line 1, column 1: found \"loss\""));
}

TEST_F(TextTable, TakesOnlyAPlainWordForTheTitleOfASingleColumn) {
  for (const std::string title : {"eta", "learning rate", "learning.rate", "loss (train)", "G_2",
                                  "speed [m/s]", "gr\303\266\303\237e"}) {
    const Table table = read(title + "\n1\n2\n");
    expect_matrix(table.values, 2, 1, {1, 2});
    EXPECT_TRUE(contains(notes(table), "line 1 is read as titles: " + title));
  }
  for (const std::string typo : {"1.O", "-", "l.5", "O.5", "1,5", "--1", "0.5x", "1e", "$5"})
    EXPECT_TRUE(contains(message("\"" + typo + "\"\n1\n2\n"),
                         "line 1: found \"" + typo + "\", expected a number"));
  for (const std::string missing : {"NA", "?", "null"}) {
    const Table table = read(missing + "\n1\n2\n");
    EXPECT_EQ(table.values.rows, 3U) << missing;
    EXPECT_FALSE(io::complete_rows(table)[0]) << missing;
  }
  // pandas writes the title 0 above a single column, but a schedule may begin at 0.
  EXPECT_TRUE(contains(notes(read("0\n0.5\n1.0\n")), "line 1 is 0 and is read as a value"));
  EXPECT_EQ(notes(read("0\n1\n2\n")), "");
}

// Index columns

TEST_F(TextTable, LeavesOutAnIndexAndSaysSo) {
  for (const std::string first : {"", "Unnamed: 0"}) {
    const Table table = read(first + ",x,y\n0,1.5,2.5\n1,3.5,4.5\n");
    expect_matrix(table.values, 2, 2, {1.5, 2.5, 3.5, 4.5});
    EXPECT_EQ(table.columns[0].title, "x");
    EXPECT_EQ(table.columns[0].number, 2U);
    EXPECT_TRUE(contains(notes(table), "column 1 has no title and counts 0, 1, 2, ..."));
    EXPECT_EQ(table.facts, (std::vector<std::string>{"titles in line 1", "index column left out"}));
  }
  // A frame without names has numbers as titles, and a series has the title 0.
  expect_matrix(read(",0,1\n0,1.5,2.5\n1,3.5,4.5\n").values, 2, 2, {1.5, 2.5, 3.5, 4.5});
  expect_matrix(read(",0\n0,1.5\n1,3.5\n").values, 2, 1, {1.5, 3.5});
  // Between blanks, the empty title cannot be seen.
  expect_matrix(read(" x y\n0 1.5 2.5\n1 3.5 4.5\n").values, 2, 2, {1.5, 2.5, 3.5, 4.5});
}

TEST_F(TextTable, KeepsAFirstColumnThatIsNoIndex) {
  const Table shuffled = read(",x\n7,1.5\n3,2.5\n");
  EXPECT_EQ(shuffled.values.columns, 2U);
  EXPECT_TRUE(contains(notes(shuffled), "its whole numbers may be an index"));
  const Table untitled = read("0,1.5\n1,2.5\n2,3.5\n");
  EXPECT_EQ(untitled.values.columns, 2U);
  EXPECT_TRUE(contains(notes(untitled), "column 1 counts 0, 1, 2, ... and is used as a feature"));
  const Table titled = read("step,x\n0,1.5\n1,2.5\n2,3.5\n");
  EXPECT_EQ(titled.values.columns, 2U);
  EXPECT_EQ(titled.notes.size(), 1U);  // The titles.
  EXPECT_EQ(read(",x\n0.5,1.5\n1.5,2.5\n").notes.size(), 1U);
}

}  // namespace
}  // namespace lrscape::test
