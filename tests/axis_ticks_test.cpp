#include "cli/axis_ticks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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
            "  +----+--------+--------+--------+--------+--------+--------+----\n"
            "       1        2        4        7        11       40      41.5");
  EXPECT_EQ(axis_of({0.05}), "  +----+----\n      0.05");
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

}  // namespace
}  // namespace lrscape::cli
