#include "cli/axis_ticks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "drawn_heatmap.hpp"

namespace lrscape::cli {
namespace {

/// The learning-rate axis and its labels, below a map with one weight decay.
std::string axis_of(std::vector<double> learning_rate) {
  const Heatmap map = map_with_best_at(std::move(learning_rate), {0}, 0, 0);
  const auto lines = lines_of(render(map, powers_of_two, wide_ascii));
  const auto axis = std::find_if(lines.begin(), lines.end(),
                                 [](const auto& line) { return line.starts_with("  +"); });
  return lines.end() - axis < 2 ? "no axis" : axis[0] + "\n" + axis[1];
}

TEST(HeatmapTicks, AreTheDecadesOfALogarithmicAxis) {
  EXPECT_EQ(axis_of(powers_of_ten(61, -3, 0.1)),
            "  ++---------+---------+---------+---------+---------+---------+\n"
            "  1e-3      0.01      0.1        1         10       100       1e3");
}

TEST(HeatmapTicks, AreRoundValuesOfALinearAxis) {
  EXPECT_EQ(axis_of(range(41, 0, 0.5)),
            "  ++---------+---------+---------+---------+\n"
            "   0         5         10        15        20");
}

TEST(HeatmapTicks, ShowAZeroInFrontOfALogarithmicAxis) {
  // 0, then 1e-4 to 1 with ten values per decade. 1e-4 is too close to 0 for a label.
  std::vector<double> values = powers_of_ten(41, -4, 0.1);
  values.insert(values.begin(), 0.0);
  EXPECT_EQ(axis_of(values),
            "  ++----------+---------+---------+---------+\n"
            "   0         1e-3      0.01      0.1        1");
}

TEST(HeatmapTicks, AreTheValuesThemselvesIfTheyAreUnevenOrOneOnly) {
  EXPECT_EQ(axis_of({1, 2, 4, 7, 11, 40, 41.5}),
            "  +---+-----+-----+-----+-----+-----+-----+--\n"
            "      1     2     4     7     11    40   41.5");
  EXPECT_EQ(axis_of({0.05}), "  +---+--\n     0.05");
}

TEST(HeatmapTicks, RiseUpwardOnTheAxisOfTheWeightDecay) {
  const Heatmap map = map_with_best_at({1}, powers_of_ten(21, -4, 0.2), 0, 0);
  Places ticks;
  const auto rows = rows_of(render(map, powers_of_two, wide_ascii));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (!rows[row].label.empty()) ticks.emplace_back(rows[row].label, row);
  }
  EXPECT_EQ(ticks, (Places{{"1", 0}, {"0.1", 5}, {"0.01", 10}, {"1e-3", 15}, {"1e-4", 20}}));
}

/// Labels and places, places rounded to hundredths of a cell.
using Labelled = std::vector<std::pair<std::string, double>>;

Labelled ticks_of(const std::vector<double>& values, std::size_t most = 100) {
  const auto fits = [most](const Ticks& wanted) { return wanted.size() <= most; };
  Labelled labelled;
  for (const Tick& tick : choose_ticks(values, fits))
    labelled.emplace_back(tick.label, std::round(tick.place * 100) / 100);
  return labelled;
}

TEST(Ticks, AreFinerOnShortLogarithmicAxes) {
  // Ten cells a decade: log10(2) = 0.301, log10(3) = 0.477, log10(5) = 0.699.
  const Labelled one = {{"1", 0}, {"2", 3.01}, {"5", 6.99}, {"10", 10}};
  EXPECT_EQ(ticks_of(powers_of_ten(11, 0, 0.1)), one);
  const Labelled two = {{"1", 0}, {"3", 4.77}, {"10", 10}, {"30", 14.77}, {"100", 20}};
  EXPECT_EQ(ticks_of(powers_of_ten(21, 0, 0.1)), two);
  const Labelled four = {{"1", 0}, {"10", 10}, {"100", 20}, {"1e3", 30}, {"1e4", 40}};
  EXPECT_EQ(ticks_of(powers_of_ten(41, 0, 0.1)), four);
}

TEST(Ticks, AreFewerWhereLabelsHaveNoRoom) {
  EXPECT_EQ(ticks_of(powers_of_ten(11, 0, 0.1), 3), (Labelled{{"1", 0}, {"3", 4.77}, {"10", 10}}));
  EXPECT_EQ(ticks_of(powers_of_ten(41, 0, 0.1), 4), (Labelled{{"1", 0}, {"100", 20}, {"1e4", 40}}));
  EXPECT_EQ(ticks_of(range(11, 0, 1), 5), (Labelled{{"0", 0}, {"5", 5}, {"10", 10}}));
  // Of few cells, every third one.
  EXPECT_EQ(ticks_of({1, 2, 4, 7, 11, 40}, 2), (Labelled{{"1", 0}, {"7", 3}}));
}

TEST(Ticks, DivideALinearAxisIntoAtMostEightSteps) {
  const Labelled fives = {{"0", 0}, {"2", 2}, {"4", 4}, {"6", 6}, {"8", 8}, {"10", 10}};
  EXPECT_EQ(ticks_of(range(11, 0, 1)), fives);
  Labelled ones;
  for (int k = 0; k <= 8; ++k) ones.emplace_back(std::to_string(k), k);
  EXPECT_EQ(ticks_of(range(9, 0, 1)), ones);
  // 0.25 to 4.75 in cells of 0.5.
  EXPECT_EQ(ticks_of(range(10, 0.25, 0.5)),
            (Labelled{{"1", 1.5}, {"2", 3.5}, {"3", 5.5}, {"4", 7.5}}));
}

TEST(Ticks, ReachHalfACellBeyondTheAxis) {
  EXPECT_EQ(ticks_of(powers_of_ten(41, 0.04, 0.1)).front(),
            (std::pair<std::string, double>{"1", -0.4}));
  EXPECT_EQ(ticks_of(powers_of_ten(41, 0.06, 0.1)).front(),
            (std::pair<std::string, double>{"10", 9.4}));
  EXPECT_EQ(ticks_of(powers_of_ten(41, -0.04, 0.1)).back(),
            (std::pair<std::string, double>{"1e4", 40.4}));
  EXPECT_EQ(ticks_of(powers_of_ten(41, -0.06, 0.1)).back(),
            (std::pair<std::string, double>{"1e3", 30.6}));
}

TEST(Ticks, TakeValuesForEvenThatAreRoundedByAHundredthOfAStep) {
  std::vector<double> values = range(8, 0, 1);
  values[3] = 3.01;
  EXPECT_EQ(ticks_of(values)[3].first, "3");
  values[3] = 3.03;
  EXPECT_EQ(ticks_of(values)[3].first, "3.03");
}

TEST(Ticks, StandAtTheCellsThemselvesIfTheyAreFew) {
  EXPECT_EQ(ticks_of(powers_of_ten(6, 0.5, 1)).front(),
            (std::pair<std::string, double>{"3.16", 0}));
  EXPECT_EQ(ticks_of(powers_of_ten(7, 0.5, 1)).front(),
            (std::pair<std::string, double>{"10", 0.5}));
}

TEST(Ticks, HaveAsManyDigitsAsTellTheirLabelsApart) {
  EXPECT_EQ(ticks_of({1.01, 1.02}), (Labelled{{"1.01", 0}, {"1.02", 1}}));
  EXPECT_EQ(ticks_of({1.001, 1.002}), (Labelled{{"1.001", 0}, {"1.002", 1}}));
  EXPECT_EQ(ticks_of({1.0001, 1.0002}), (Labelled{{"1.0001", 0}, {"1.0002", 1}}));
}

}  // namespace
}  // namespace lrscape::cli
