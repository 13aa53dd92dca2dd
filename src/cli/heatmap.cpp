#include "cli/heatmap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "base/text.hpp"
#include "cli/axis_ticks.hpp"
#include "cli/cell_look.hpp"
#include "cli/heatmap_grid.hpp"

namespace lrscape::cli {
namespace {

using namespace std::string_literals;

constexpr double not_run = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_text_rows = 24;
constexpr int narrowest = 20;

/// Loss of two merged cells: the best one, else infinity (diverged), else NaN (not run).
double better(double a, double b) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  return std::min(a, b);
}

class Drawing {
 public:
  Drawing(const Grid& grid, const ColorScale& scale, const TerminalStyle& style)
      : grid_(grid),
        scale_(scale),
        columns_(static_cast<std::size_t>(std::max(style.columns, narrowest))),
        unicode_(style.unicode),
        look_(scale, style),
        painter_(style.color) {}

  void title(std::string_view text) {
    if (text.empty()) return;
    for (const std::string& line : wrap(for_terminal(text, unicode_), static_cast<int>(columns_))) {
      painter_.put(line, {-1, -1, true});
      painter_.end_line();
    }
  }

  void map();
  void color_bar();
  void legend();
  void say(std::string_view text) {
    for (const std::string& line : wrap(text, static_cast<int>(columns_))) put_line(line);
  }
  const std::string& text() const { return painter_.text(); }

 private:
  void put_line(std::string_view text) {
    painter_.put(text);
    painter_.end_line();
  }
  void map_row(std::size_t row, const AxisLayout& x, const AxisLayout& y);
  void learning_rate_axis(std::size_t gutter, const AxisLayout& x);
  template <typename Swatch>
  void legend_line(Swatch swatch, std::string_view text);

  const Grid& grid_;
  ColorScale scale_;
  std::size_t columns_;
  bool unicode_;
  CellLook look_;
  Painter painter_;
};

void Drawing::map() {
  const std::size_t halves = look_.halves();
  // Reserve eight columns for the labels of the weight decay, whose width depends on y.
  const std::size_t room = (columns_ - 8) / grid_.learning_rate.size();
  const AxisLayout y(grid_.weight_decay.size(), most_text_rows * halves,
                     std::clamp(room, std::size_t{1}, std::size_t{3}) * halves);
  const std::size_t rows = (y.length() + halves - 1) / halves;
  const auto row_of = [&](const Tick& tick) { return rows - 1 - y.dot(tick.place) / halves; };
  const Ticks ticks = choose_ticks(grid_.weight_decay, [&](const Ticks& wanted) {
    for (std::size_t i = 1; i < wanted.size(); ++i) {
      if (row_of(wanted[i - 1]) < row_of(wanted[i]) + 2) return false;
    }
    return true;
  });
  std::vector<std::string> labels(rows);
  std::size_t gutter = 2;
  for (const Tick& tick : ticks) {
    labels[row_of(tick)] = tick.label;
    gutter = std::max(gutter, tick.label.size() + 2);
  }
  // Square cells where there is room: a character is about twice as high as wide.
  const std::size_t most_magnify = halves == 2 ? y.magnify : 2 * y.magnify;
  const AxisLayout x(grid_.learning_rate.size(), columns_ - gutter, most_magnify);

  put_line("weight decay");
  for (std::size_t row = 0; row < rows; ++row) {
    const bool ticked = !labels[row].empty();
    const std::string_view line = unicode_ ? ticked ? " ┤" : " │" : ticked ? "-|" : " |";
    painter_.put(fmt::format("{:>{}}{}", labels[row], gutter - 2, line));
    map_row(row, x, y);
    painter_.end_line();
  }
  learning_rate_axis(gutter, x);
  if (x.merge * y.merge > 1) {
    say(fmt::format("each {}character shows the best of {} x {} cells", halves == 2 ? "half " : "",
                    x.merge, y.merge));
  }
}

void Drawing::map_row(std::size_t row, const AxisLayout& x, const AxisLayout& y) {
  const std::size_t halves = look_.halves();
  const std::size_t height = (y.length() + halves - 1) / halves * halves;
  // Dots count from the bottom. An odd number of dots leaves the upper half of the top row empty.
  const auto loss_at = [&](std::size_t column, std::size_t dot) {
    if (dot >= y.length()) return not_run;
    const std::size_t first_x = column / x.magnify * x.merge, first_y = dot / y.magnify * y.merge;
    double loss = not_run;
    for (std::size_t i = first_x; i < std::min(first_x + x.merge, x.cells); ++i) {
      for (std::size_t j = first_y; j < std::min(first_y + y.merge, y.cells); ++j) {
        loss = better(loss, grid_.at(i, j));
      }
    }
    return loss;
  };
  const std::size_t best_column = grid_.best_x / x.merge * x.magnify + (x.magnify - 1) / 2;
  const std::size_t best_dot = grid_.best_y / y.merge * y.magnify + y.magnify / 2;
  const std::size_t lowest_dot = height - (row + 1) * halves;
  const bool best_row = grid_.finite > 0 && best_dot / halves == lowest_dot / halves;
  for (std::size_t column = 0; column < x.length(); ++column) {
    if (best_row && column == best_column) {
      look_.put_best(painter_, grid_.best);
    } else {
      look_.put(painter_, loss_at(column, lowest_dot + halves - 1), loss_at(column, lowest_dot));
    }
  }
}

void Drawing::learning_rate_axis(std::size_t gutter, const AxisLayout& x) {
  const auto start_of = [&](const Tick& tick) {
    const std::size_t middle = gutter + x.dot(tick.place), half = (tick.label.size() - 1) / 2;
    return std::min(middle - std::min(middle, half), columns_ - tick.label.size());
  };
  const Ticks ticks = choose_ticks(grid_.learning_rate, [&](const Ticks& wanted) {
    for (std::size_t i = 1; i < wanted.size(); ++i) {
      const std::size_t end = start_of(wanted[i - 1]) + wanted[i - 1].label.size();
      if (start_of(wanted[i]) < end + 2) return false;
    }
    return true;
  });
  std::string labels(columns_, ' ');
  std::vector<bool> marked(x.length(), false);
  for (const Tick& tick : ticks) {
    labels.replace(start_of(tick), tick.label.size(), tick.label);
    marked[x.dot(tick.place)] = true;
  }
  std::string line(gutter - 1, ' ');
  line += unicode_ ? "└" : "+";
  for (const bool mark : marked) line += mark ? unicode_ ? "┬" : "+" : unicode_ ? "─" : "-";
  put_line(line);
  put_line(labels);
  const std::string_view name = "learning rate";
  const std::size_t middle = gutter + x.length() / 2;
  const std::size_t start =
      std::min(middle - std::min(middle, name.size() / 2), columns_ - name.size());
  put_line(std::string(start, ' ') + std::string(name));
}

void Drawing::color_bar() {
  const bool clipped = grid_.worst > scale_.high;
  const std::string_view beyond = !clipped ? "" : unicode_ ? "≥" : ">=";
  const auto put_bar = [&](std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) {
      const double share = width > 1 ? static_cast<double>(i) / static_cast<double>(width - 1) : 0;
      const double loss =
          scale_.logarithmic()
              ? std::exp(std::lerp(std::log(scale_.low), std::log(scale_.high), share))
              : scale_.low * (1 - share) + scale_.high * share;
      look_.put(painter_, loss, loss);
    }
  };
  if (!(scale_.low < scale_.high)) {
    painter_.put("loss ");
    put_bar(2);
    return put_line(fmt::format(" {}{}", beyond, short_number(scale_.low, 3)));
  }
  for (int digits = 3; digits >= 1; --digits) {
    const std::string low = short_number(scale_.low, digits);
    const std::string high = fmt::format("{}{}", beyond, short_number(scale_.high, digits));
    const std::string before = fmt::format("loss {} ", low), after = fmt::format(" {}", high);
    const std::string kind = scale_.logarithmic() ? "  log scale" : "  linear scale";
    const std::size_t used = before.size() + static_cast<std::size_t>(display_width(after));
    constexpr std::size_t shortest_bar = 12, longest_bar = 40;
    for (const std::string& words : {fmt::format("{}, {}", kind, look_.meaning()), kind, ""s}) {
      if (used + shortest_bar + words.size() > columns_) continue;
      painter_.put(before);
      put_bar(std::min(columns_ - used - words.size(), longest_bar));
      painter_.put(after);
      painter_.put(words);
      return painter_.end_line();
    }
    const std::size_t labels = low.size() + static_cast<std::size_t>(display_width(high));
    if (labels + 1 > columns_) continue;
    put_bar(columns_);
    painter_.end_line();
    return put_line(fmt::format("{}{:{}}{}", low, "", columns_ - labels, high));
  }
}

template <typename Swatch>
void Drawing::legend_line(Swatch swatch, std::string_view text) {
  constexpr std::size_t indent = 4;
  bool first = true;
  for (const std::string& line : wrap(text, static_cast<int>(columns_ - indent))) {
    if (first) {
      swatch();
      painter_.put(" ");
    } else {
      painter_.put(std::string(indent, ' '));
    }
    put_line(line);
    first = false;
  }
}

void Drawing::legend() {
  const auto swatch = [&](double loss) {
    return [this, loss] {
      for (int i = 0; i < 3; ++i) look_.put(painter_, loss, loss);
    };
  };
  const auto count = [](std::size_t cells) { return grouped(static_cast<std::int64_t>(cells)); };
  const std::string all = count(grid_.loss.size());
  if (grid_.finite > 0) {
    const auto best = [&] {
      look_.put(painter_, grid_.best, grid_.best);
      look_.put_best(painter_, grid_.best);
      look_.put(painter_, grid_.best, grid_.best);
    };
    legend_line(best, fmt::format("best {} at learning rate {}, weight decay {}",
                                  short_number(grid_.best, 4),
                                  short_number(grid_.learning_rate[grid_.best_x], 3),
                                  short_number(grid_.weight_decay[grid_.best_y], 3)));
  }
  if (grid_.diverged > 0) {
    legend_line(swatch(std::numeric_limits<double>::infinity()),
                fmt::format("diverged: {} of {} cells", count(grid_.diverged), all));
  }
  if (grid_.missing > 0) {
    legend_line(swatch(not_run),
                fmt::format("blank: not run, {} of {} cells", count(grid_.missing), all));
  }
}

}  // namespace

std::string render(const Heatmap& map, const ColorScale& scale, const TerminalStyle& style) {
  const Grid grid = make_grid(map);
  Drawing drawing(grid, scale, style);
  const auto count = [](std::size_t cells) { return grouped(static_cast<std::int64_t>(cells)); };
  drawing.title(map.title);
  if (grid.loss.empty()) {
    drawing.say("no cells: the grid is empty");
  } else if (grid.missing == grid.loss.size()) {
    drawing.say(fmt::format("nothing has run yet: all {} cells are empty", count(grid.missing)));
  } else if (grid.diverged == grid.loss.size()) {
    drawing.say(fmt::format("all {} cells diverged: try smaller learning rates or weight decays",
                            count(grid.diverged)));
  } else {
    drawing.map();
    if (grid.finite > 0) {
      drawing.color_bar();
    } else {
      drawing.say("all cells that have run diverged");
    }
    drawing.legend();
  }
  return drawing.text();
}

}  // namespace lrscape::cli
