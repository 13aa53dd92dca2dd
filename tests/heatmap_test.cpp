#include "cli/heatmap.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "drawn_heatmap.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

TEST(Heatmap, DrawsASmallMapInAsciiAsWorkedByHand) {
  // Nine characters from @ (low) to . (high): log2(loss) / 8 * 9 is 0 for 1, 2.25 for 4, 4.5 for
  // 16 and beyond the last character for 256.
  EXPECT_EQ(render(small_map(), powers_of_two, narrow_ascii),
            "small\n"
            "weight decay\n"
            "    |+++++/////#####\n"
            "0.5-|+++++/////#####\n"
            "    |+++++/////#####\n"
            "    |@@@@@.....\n"
            "  0-|@@O@@.....\n"
            "    |@@@@@.....\n"
            "    +--+----+----+--\n"
            "      0.1   1    10\n"
            "      learning rate\n"
            "@@@%%##**++==--::...\n"
            "1                256\n"
            "@O@ best 1 at\n"
            "    learning rate\n"
            "    0.1, weight\n"
            "    decay 0\n"
            "/// diverged: 1 of 6\n"
            "    cells\n"
            "    blank: not run,\n"
            "    1 of 6 cells\n");
}

TEST(Heatmap, DrawsTheSameMapInBlockCharacters) {
  // Five characters: log2(loss) / 8 * 5 is 0 for 1, 1.25 for 4 and 2.5 for 16.
  EXPECT_THAT(render(small_map(), powers_of_two, {20, ColorMode::none, true}),
              StartsWith("small\n"
                         "weight decay\n"
                         "    │▒▒▒▒▒╱╱╱╱╱▓▓▓▓▓\n"
                         "0.5 ┤▒▒▒▒▒╱╱╱╱╱▓▓▓▓▓\n"
                         "    │▒▒▒▒▒╱╱╱╱╱▓▓▓▓▓\n"
                         "    │█████·····\n"
                         "  0 ┤██✕██·····\n"
                         "    │█████·····\n"
                         "    └──┬────┬────┬──\n"
                         "      0.1   1    10\n"));
}

TEST(Heatmap, SortsCoordinatesThatComeInAnyOrder) {
  // The rows of small_map() in the order 10, 0.1, 1 and its columns in the order 0.5, 0.
  const Heatmap shuffled{"small", {10, 0.1, 1}, {0.5, 0}, {4, not_run, 16, 1, infinity, 256}};
  EXPECT_EQ(render(shuffled, powers_of_two, narrow_ascii),
            render(small_map(), powers_of_two, narrow_ascii));
}

TEST(Heatmap, HasACharacterForEachNinthOfThePaletteOrForEachFifthInUnicode) {
  const Heatmap nine{"", range(9, 1, 1), {0}, range(9, 0.5, 1)};
  EXPECT_EQ(cells_of(rows_of(render(nine, {0, 9}, wide_ascii)).at(0).cells), "@%#*+=-:.");
  const Heatmap five{"", range(5, 1, 1), {0}, range(5, 0.5, 1)};
  EXPECT_EQ(cells_of(rows_of(render(five, {0, 5}, wide_unicode)).at(0).cells), "█▓▒░·");
  // Losses beyond the scale take the character of its nearer end.
  const Heatmap beyond{"", {1, 2, 3, 4}, {0}, {0.001, 16, 300, 1e300}};
  EXPECT_EQ(cells_of(rows_of(render(beyond, powers_of_two, wide_ascii)).at(0).cells), "@+.");
}

TEST(Heatmap, PaintsTheEndsOfThePaletteInTheColoursOfViridis) {
  // matplotlib's viridis starts with #440154 (dark) and ends with #FDE725 (bright). Of xterm's 256
  // colours, number 53 is #5F005F and number 220 is #FFD700. The best loss is bright.
  const Heatmap map{"", {1, 2}, {0}, {1, 256}};
  EXPECT_EQ(lines_of(render(map, powers_of_two, {20, ColorMode::truecolor, false})).at(1),
            "  |\x1b[48;2;253;231;37m      \x1b[48;2;68;1;84m      \x1b[49m");
  EXPECT_EQ(lines_of(render(map, powers_of_two, {20, ColorMode::palette256, false})).at(1),
            "  |\x1b[48;5;220m      \x1b[48;5;53m      \x1b[49m");
}

TEST(Heatmap, ShowsTwoCellsInACharacterTheUpperOneAsForeground) {
  const TerminalStyle style{20, ColorMode::truecolor, true};
  Heatmap map{"", {1}, range(48, 0, 1), {}};
  for (int j = 0; j < 48; ++j) map.loss.push_back(j % 2 == 0 ? 1 : 256);
  EXPECT_EQ(lines_of(render(map, powers_of_two, style)).at(1),
            "   │\x1b[38;2;68;1;84;48;2;253;231;37m▀\x1b[39;49m");
  // Without the last cell the upper half of the top row is empty.
  map.weight_decay.pop_back();
  map.loss.pop_back();
  EXPECT_EQ(lines_of(render(map, powers_of_two, style)).at(1),
            "   │\x1b[38;2;253;231;37m▄\x1b[39m");
}

TEST(Heatmap, HatchesDivergedCellsInColourToo) {
  const Heatmap map{"", {1, 2}, {0}, {1, infinity}};
  for (const ColorMode color : {ColorMode::palette256, ColorMode::truecolor}) {
    const auto ascii = rows_of(render(map, powers_of_two, {20, color, false}));
    EXPECT_EQ(ascii.at(0).cells, "      //////");
    const auto unicode = rows_of(render(map, powers_of_two, {20, color, true}));
    EXPECT_EQ(unicode.at(0).cells, "▀▀▀▀▀▀╱╱╱╱╱╱");
  }
}

TEST(Heatmap, MagnifiesTheCellsOfASmallMap) {
  const Heatmap map{"", {1, 2, 3, 4}, {0}, {1, 16, 256, 16}};
  const auto rows = rows_of(render(map, powers_of_two, wide_ascii));
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0].cells, "@@@@@@++++++......++++++");
  EXPECT_EQ(rows[2].cells, rows[0].cells);
}

TEST(Heatmap, ShowsTheBestLossOfMergedCells) {
  // 24 lines show 48 weight decays, two each. The better cell wins: a low loss over a high loss, a
  // high loss over a diverged cell, a diverged cell over one that has not run.
  Heatmap map{"", {1, 2, 3}, range(48, 0, 1), {}};
  for (const auto& [even, odd] : {std::pair{1.0, 256.0}, {infinity, 256.0}, {not_run, infinity}}) {
    for (int j = 0; j < 48; ++j) map.loss.push_back(j % 2 == 0 ? even : odd);
  }
  const auto rows = rows_of(render(map, powers_of_two, wide_ascii));
  ASSERT_THAT(rows, SizeIs(24));
  for (std::size_t row = 0; row < 23; ++row) EXPECT_EQ(rows[row].cells, "@@..//");
  EXPECT_EQ(rows[23].cells, "O@..//");
}

TEST(Heatmap, ShowsMergedCellsInTheirPlaces) {
  // 24 lines show 48 weight decays, two each, of which the lower half has low losses. 70 columns
  // show 140 learning rates, two each, of which the left half has.
  Heatmap tall{"", {1}, range(48, 0, 1), {}};
  for (int j = 0; j < 48; ++j) tall.loss.push_back(j < 24 ? 1 : 256);
  const auto rows = rows_of(render(tall, powers_of_two, wide_ascii));
  ASSERT_THAT(rows, SizeIs(24));
  for (std::size_t row = 0; row < 24; ++row)
    EXPECT_EQ(rows[row].cells.find('@') != std::string::npos, row >= 12) << row;
  Heatmap wide{"", range(140, 1, 1), {0}, {}};
  for (int i = 0; i < 140; ++i) wide.loss.push_back(i < 70 ? 1 : 256);
  const std::string cells = rows_of(render(wide, powers_of_two, wide_ascii)).front().cells;
  // The best cell, the first of those with loss 1, is marked.
  const std::size_t half = cells.size() / 2;
  EXPECT_EQ(cells, "O" + std::string(half - 1, '@') + std::string(half, '.'));
}

TEST(Heatmap, SaysHowManyCellsACharacterShowsIfThereAreSeveral) {
  const Heatmap tall = map_with_best_at({1, 2}, range(96, 0, 1), 0, 0);
  EXPECT_THAT(lines_of(render(tall, powers_of_two, wide_ascii)),
              Contains("each character shows the best of 1 x 4 cells"));
  EXPECT_THAT(lines_of(render(tall, powers_of_two, {80, ColorMode::palette256, true})),
              Contains("each half character shows the best of 1 x 2 cells"));
  const Heatmap small = map_with_best_at({1, 2}, range(24, 0, 1), 0, 0);
  EXPECT_THAT(render(small, powers_of_two, wide_ascii), Not(HasSubstr("shows")));
}

TEST(Heatmap, MarksTheBestCellInItsPlaceAlsoAfterMerging) {
  // The labels and the axis of the weight decay take 4 of 40 columns. A character shows three
  // learning rates, so number 37 is in column 12. A line shows four of the 96 weight decays, so
  // number 58 is in line 14 from the bottom, which is line 9 from the top.
  const Heatmap map = map_with_best_at(range(100, 1, 1), range(96, 0, 1), 37, 58);
  for (const TerminalStyle& style : every_style(40)) {
    const std::string mark = style.unicode ? "✕" : style.color == ColorMode::none ? "O" : "X";
    const auto rows = rows_of(render(map, powers_of_two, style));
    ASSERT_THAT(rows, SizeIs(24));
    Places marks;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const auto characters = characters_of(rows[row].cells);
      for (std::size_t column = 0; column < characters.size(); ++column) {
        if (characters[column] == mark) marks.emplace_back(fmt::format("row {}", row), column);
      }
    }
    EXPECT_EQ(marks, (Places{{"row 9", 12}})) << mark;
  }
}

TEST(Heatmap, NamesTheEndsAndTheKindOfTheColourBar) {
  const Heatmap map{"", {1, 2, 3}, {0}, {1, 4, 1000}};
  const auto bar_of = [&](const ColorScale& scale, bool unicode) {
    for (const auto& line : lines_of(render(map, scale, {80, ColorMode::none, unicode}))) {
      if (line.starts_with("loss ")) return line;
    }
    return std::string();
  };
  EXPECT_THAT(bar_of({1, 16}, false),
              AllOf(StartsWith("loss 1 @"), EndsWith(". >=16  log scale, dense is best")));
  EXPECT_THAT(bar_of({1, 16}, true),
              AllOf(StartsWith("loss 1 █"), EndsWith("· ≥16  log scale, dense is best")));
  EXPECT_THAT(bar_of({1, 1000}, false), EndsWith(". 1e3  log scale, dense is best"));
  EXPECT_THAT(bar_of({0, 1000}, false),
              AllOf(StartsWith("loss 0 @"), EndsWith(". 1e3  linear scale, dense is best")));
  EXPECT_EQ(bar_of({1, 1}, false), "loss @@ >=1");
}

TEST(Heatmap, SaysThatBrightIsBestWhereItHasColoursAndRoom) {
  for (const bool unicode : {false, true}) {
    const auto words = [&](int columns, ColorMode color) {
      return without_colors(render(small_map(), powers_of_two, {columns, color, unicode}));
    };
    EXPECT_THAT(words(80, ColorMode::truecolor), HasSubstr("  log scale, bright is best\n"));
    EXPECT_THAT(words(80, ColorMode::palette256), HasSubstr("  log scale, bright is best\n"));
    EXPECT_THAT(words(80, ColorMode::none), HasSubstr("  log scale, dense is best\n"));
    EXPECT_THAT(words(40, ColorMode::truecolor), HasSubstr("  log scale\n"));
  }
}

TEST(Heatmap, SaysInWordsThatNothingIsFinite) {
  const auto words_of = [](const Heatmap& map) {
    return render(map, color_scale({&map, 1}), wide_ascii);
  };
  EXPECT_EQ(words_of({"title", {1, 2}, {0, 1, 2}, std::vector<double>(6, not_run)}),
            "title\nnothing has run yet: all 6 cells are empty\n");
  EXPECT_EQ(words_of({"title", {1, 2}, {0, 1, 2}, std::vector<double>(6, infinity)}),
            "title\nall 6 cells diverged: try smaller learning rates or weight decays\n");
  EXPECT_EQ(words_of({"", {}, {0, 1}, {}}), "no cells: the grid is empty\n");
}

TEST(Heatmap, DrawsWhereEverythingDivergedThatHasRun) {
  const Heatmap map{"", {1, 2}, {0}, {not_run, infinity}};
  const std::string text = render(map, color_scale({&map, 1}), wide_ascii);
  EXPECT_THAT(text, AllOf(HasSubstr("\nall cells that have run diverged\n"),
                          HasSubstr("\n/// diverged: 1 of 2 cells\n"),
                          HasSubstr("\n    blank: not run, 1 of 2 cells\n"), Not(HasSubstr("loss")),
                          Not(HasSubstr("best"))));
  ASSERT_THAT(rows_of(text), SizeIs(3));
  EXPECT_EQ(rows_of(text)[0].cells, "      //////");
}

TEST(Heatmap, ExplainsAndCountsOnlyWhatOccurs) {
  Heatmap map = map_with_best_at(range(60, 1, 1), range(50, 0, 0.25), 0, 1);
  EXPECT_THAT(render(map, powers_of_two, wide_ascii),
              AllOf(EndsWith("\n@O@ best 1 at learning rate 1, weight decay 0.25\n"),
                    Not(HasSubstr("diverged")), Not(HasSubstr("not run"))));
  std::fill(map.loss.begin() + 2, map.loss.begin() + 1236, infinity);
  EXPECT_THAT(render(map, powers_of_two, wide_ascii),
              EndsWith(" 0.25\n/// diverged: 1,234 of 3,000 cells\n"));
}

TEST(Heatmap, NeutralizesControlCharactersInTheTitle) {
  Heatmap map = small_map();
  map.title = "a\x1b[2Jb\nc\rd\x7f \u009bé";  // U+009B is ESC [ in one character
  EXPECT_EQ(lines_of(render(map, powers_of_two, wide_unicode)).at(0),
            "a\\x1b[2Jb\\x0ac\\x0dd\\x7f \\xc2\\x9bé");
  EXPECT_THAT(lines_of(render(map, powers_of_two, wide_ascii)).at(0),
              StartsWith("a\\x1b[2Jb\\x0ac\\x0dd\\x7f \\xc2\\x9b\\xc3"));
  EXPECT_THAT(render(map, powers_of_two, wide_ascii), Each(testing::AnyOf('\n', testing::Ge(' '))));
}

TEST(Heatmap, KeepsToEveryWidthOfTheWindow) {
  Heatmap diverged = map_with_best_at(powers_of_ten(13, -6, 0.5), range(7, 0, 0.05), 12, 6);
  diverged.title = "a title that is much longer than a narrow window, of é and of 実";
  std::fill(diverged.loss.begin(), diverged.loss.begin() + 40, infinity);
  diverged.loss[50] = not_run;
  const std::vector<Heatmap> maps = {
      small_map(),
      diverged,
      map_with_best_at({-1.2345678e-101}, {-1.2345678e-102}, 0, 0),
      map_with_best_at(powers_of_ten(150, -4, 0.05), powers_of_ten(130, -5, 0.05), 149, 0),
      {"", {1e-9, 2}, {0}, {not_run, infinity}},
      {"", {1}, {0}, {infinity}},
  };
  const ColorScale scale = color_scale(maps);
  for (const Heatmap& map : maps) {
    // What a window has room for changes mostly in narrow ones.
    for (int columns = 20; columns <= 200; columns += columns < 70 ? 1 : 7) {
      for (const TerminalStyle& style : every_style(columns)) {
        const std::string text = render(map, scale, style), plain = without_colors(text);
        ASSERT_TRUE(style.color != ColorMode::none || plain == text);
        ASSERT_THAT(plain, EndsWith("\n"));
        for (const std::string& line : lines_of(plain)) {
          ASSERT_LE(characters_of(line).size(), static_cast<std::size_t>(columns)) << line;
        }
      }
    }
  }
}

TEST(Heatmap, TakesTwentyColumnsOfANarrowerWindow) {
  for (const int columns : {-1, 0, 1, 19}) {
    EXPECT_EQ(render(small_map(), powers_of_two, {columns, ColorMode::none, false}),
              render(small_map(), powers_of_two, narrow_ascii));
  }
}

std::string error_of(const Heatmap& map) {
  try {
    render(map, powers_of_two, wide_ascii);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

TEST(Heatmap, RejectsANumberOfLossesThatDoesNotMatchTheAxes) {
  EXPECT_THAT(error_of({"", {1, 2}, {0, 1, 2}, {1, 2, 3, 4, 5}}),
              AllOf(HasSubstr("2 x 3"), HasSubstr("5 losses")));
  EXPECT_THAT(error_of({"", {1, 2}, {0}, {1, 2, 3}}),
              AllOf(HasSubstr("2 x 1"), HasSubstr("3 losses")));
  EXPECT_THAT(error_of({"", {}, {}, {1}}), HasSubstr("0 x 0"));
}

TEST(Heatmap, RejectsCoordinatesThatAreNotFinite) {
  EXPECT_THAT(error_of({"", {1, not_run}, {0}, {1, 2}}), HasSubstr("coordinate nan"));
  EXPECT_THAT(error_of({"", {1}, {0, infinity}, {1, 2}}), HasSubstr("coordinate inf"));
  EXPECT_THAT(error_of({"", {-infinity}, {0}, {1}}), HasSubstr("coordinate -inf"));
}

}  // namespace
}  // namespace lrscape::cli
