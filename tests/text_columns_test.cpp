#include <fmt/format.h>

#include <cmath>
#include <string>

#include "text_table.hpp"

namespace lrscape::test {
namespace {

using io::Header;
using io::read_matrix;
using io::Table;

using TextColumns = TextTable;

TEST_F(TextColumns, MakesNoFeatureForATextWhoseRowsAreAllLeftOut) {
  Table table = read("x,color\n1,red\n,blue\n3,green\n4,red\n");
  io::keep_rows(table, io::complete_rows(table));
  io::encode_texts(table, nullptr);
  ASSERT_EQ(table.columns.size(), 3U);  // x, green, red
  EXPECT_EQ(table.columns[1].title, "color=green");
  EXPECT_EQ(table.columns[2].title, "color=red");
  EXPECT_EQ(table.values.values, (std::vector<double>{1, 0, 1, 3, 1, 0, 4, 0, 1}));
}

TEST_F(TextColumns, EncodesTextsInAlphabeticalOrder) {
  Table table = read("size,color,price\n1,red,10\n2,blue,20\n3,,30\n4,red,40\n");
  EXPECT_EQ(table.columns[1].texts, (std::vector<std::string>{"blue", "red"}));
  io::encode_texts(table, nullptr);
  ASSERT_EQ(table.columns.size(), 4U);
  EXPECT_EQ(table.columns[1].title, "color=blue");
  EXPECT_EQ(table.columns[2].title, "color=red");
  for (const auto& [row, blue, red] :
       {std::tuple(0U, 0.0, 1.0), std::tuple(1U, 1.0, 0.0), std::tuple(3U, 0.0, 1.0)}) {
    EXPECT_EQ(table.values(row, 1), blue);
    EXPECT_EQ(table.values(row, 2), red);
    EXPECT_EQ(table.values(row, 3), 10.0 * (row + 1));
  }
  EXPECT_FALSE(io::complete_rows(table)[2]);
  EXPECT_TRUE(contains(notes(table), "column 2 (color) one-hot encoded as 2 features"));
}

TEST_F(TextColumns, EncodesTheTextsOfAValidationTableLikeThoseOfTraining) {
  Table training = read("color,x\nred,1\nblue,2\ngreen,3\n");
  Table validation = read("color,x\nred,4\n");
  io::encode_texts(training, &validation);
  expect_matrix(validation.values, 1, 4, {0, 0, 1, 4});
  training = read("color,x\nred,1\nblue,2\n");
  EXPECT_TRUE(contains(
      refusal(
          [&](const auto& path) {
            Table other = read_matrix(path);
            io::encode_texts(training, &other);
          },
          write("b.csv", "color,x\nred,4\npink,4\n")),
      "line 3, column 1 (color): found \"pink\", which does not occur in the training data"));
}

TEST_F(TextColumns, RefusesAColumnOfVeryManyTexts) {
  std::string text = "name,x\n";
  for (int k = 0; k <= 10000; ++k) text += fmt::format("n{},1\n", k);
  EXPECT_TRUE(contains(message(text), "at most 10000 different texts"));
}

// Columns by title or number

TEST_F(TextColumns, FindsAColumnByItsTitleOrItsNumber) {
  const Table table = read(",mpg,2,weight\n0,1.5,2.5,3.5\n1,1.5,2.5,3.5\n");
  EXPECT_EQ(io::find_column(table, "weight"), 2U);
  EXPECT_EQ(io::find_column(table, "4"), 2U);  // Counts the index, as in the file.
  EXPECT_EQ(io::find_column(table, "2"), 1U);  // A title comes before a number.
  const auto find = [](const std::string& target) {
    return [target](const auto& path) { io::find_column(read_matrix(path), target); };
  };
  const auto path = write("a.csv", "mpg,weight,mpg\n1,2,3\n");
  EXPECT_TRUE(contains(refusal(find("mgp"), path), "did you mean"));
  EXPECT_TRUE(contains(refusal(find("mpg"), path), "2 columns have the title mpg"));
  EXPECT_TRUE(contains(refusal(find("4"), path), "no column 4, expected a number from 1 to 3"));
  EXPECT_TRUE(contains(refusal(find("0"), path), "no column 0"));
  EXPECT_TRUE(contains(refusal(find("y"), write("b.csv", "1,2\n3,4\n")), "have no titles"));
}

}  // namespace
}  // namespace lrscape::test
