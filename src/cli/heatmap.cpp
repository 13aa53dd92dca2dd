#include "cli/heatmap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

constexpr double not_run = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_text_rows = 24;
constexpr int narrowest = 20;

// ---------------------------------------------------------------------------- the cells

std::vector<std::size_t> ascending(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  return order;
}

/// The map with both coordinates ascending, and what is worth saying about it.
struct Grid {
  std::vector<double> learning_rate, weight_decay, loss;
  std::size_t finite = 0, diverged = 0, missing = 0;
  std::size_t best_x = 0, best_y = 0;
  double best = std::numeric_limits<double>::infinity(), worst = -best;

  double at(std::size_t x, std::size_t y) const { return loss[x * weight_decay.size() + y]; }
};

Grid make_grid(const Heatmap& map) {
  const std::size_t nx = map.learning_rate.size(), ny = map.weight_decay.size();
  if (map.loss.size() != nx * ny) {
    throw InputError(
        fmt::format("a heatmap of {} x {} cells was given {} losses: allowed is one "
                    "loss for each learning rate and weight decay",
                    nx, ny, map.loss.size()));
  }
  for (const auto* axis : {&map.learning_rate, &map.weight_decay}) {
    for (const double value : *axis) {
      if (!std::isfinite(value)) {
        throw InputError(
            fmt::format("a heatmap was given the coordinate {}: allowed are finite "
                        "learning rates and weight decays",
                        value));
      }
    }
  }
  Grid grid;
  const auto order_x = ascending(map.learning_rate), order_y = ascending(map.weight_decay);
  for (const std::size_t i : order_x) grid.learning_rate.push_back(map.learning_rate[i]);
  for (const std::size_t j : order_y) grid.weight_decay.push_back(map.weight_decay[j]);
  for (std::size_t x = 0; x < nx; ++x) {
    for (std::size_t y = 0; y < ny; ++y) {
      const double value = map.loss[order_x[x] * ny + order_y[y]];
      grid.loss.push_back(std::isinf(value) ? std::fabs(value) : value);
      grid.missing += std::isnan(value);
      grid.diverged += std::isinf(value);
      if (!std::isfinite(value)) continue;
      ++grid.finite;
      grid.worst = std::max(grid.worst, value);
      if (value < grid.best) {
        grid.best = value;
        grid.best_x = x;
        grid.best_y = y;
      }
    }
  }
  return grid;
}

/// What a merged cell shows: the best loss, else that something diverged, else nothing.
double better(double a, double b) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  return std::min(a, b);
}

// ---------------------------------------------------------------------------- the colours

/// Level of a loss in the palette, 0 at scale.low and 1 at scale.high and beyond.
double level_of(double loss, const ColorScale& scale) {
  if (loss <= scale.low) return 0.0;
  if (loss >= scale.high) return 1.0;
  // Differences of logarithms, and of halves: a ratio or a difference of two losses can overflow.
  if (scale.logarithmic()) {
    return (std::log(loss) - std::log(scale.low)) / (std::log(scale.high) - std::log(scale.low));
  }
  return (loss / 2 - scale.low / 2) / (scale.high / 2 - scale.low / 2);
}

/// Viridis (S. van der Walt and N. Smith, 2015, CC0) at multiples of 1/16.
constexpr std::array<int, 17> viridis_truecolor = {
    0x440154, 0x48186A, 0x472D7B, 0x424086, 0x3B528B, 0x33638D, 0x2C728E, 0x26828E, 0x21918C,
    0x1F9F88, 0x27AD81, 0x3DBC74, 0x5CC863, 0x81D34D, 0xAADC32, 0xD5E21A, 0xFDE725};

/// The colours of the xterm palette nearest to viridis in OKLab, in rising lightness.
constexpr std::array<int, 11> viridis_palette = {53, 54, 24, 30, 36, 71, 77, 113, 148, 184, 220};

int viridis(double level, ColorMode mode) {
  if (mode == ColorMode::palette256) {
    const auto count = static_cast<double>(viridis_palette.size());
    return viridis_palette[static_cast<std::size_t>(std::min(level * count, count - 1))];
  }
  const double place = level * static_cast<double>(viridis_truecolor.size() - 1);
  const std::size_t left = std::min(static_cast<std::size_t>(place), viridis_truecolor.size() - 2);
  const double share = place - static_cast<double>(left);
  int color = 0;
  for (const int shift : {16, 8, 0}) {
    const double from = viridis_truecolor[left] >> shift & 255;
    const double to = viridis_truecolor[left + 1] >> shift & 255;
    color |= static_cast<int>(std::lround(from + share * (to - from))) << shift;
  }
  return color;
}

/// Everything that stands for a cell: colours if there are any, else characters.
class Look {
 public:
  Look(const ColorScale& scale, const TerminalStyle& style) : scale_(scale), style_(style) {}

  bool colored() const { return style_.color != ColorMode::none; }
  /// Cells above each other in one character.
  std::size_t halves() const { return colored() && style_.unicode ? 2 : 1; }

  int color(double loss) const {
    if (std::isnan(loss)) return -1;
    if (std::isinf(loss)) return style_.color == ColorMode::palette256 ? 95 : 0x7A4F52;
    return viridis(level_of(loss, scale_), style_.color);
  }

  /// One character that shows the cell `upper` above the cell `lower`.
  void put(Painter& painter, double upper, double lower) const {
    if (!colored()) return painter.put(shade(upper));
    const int top = color(upper), bottom = color(lower);
    // The hatching tells a diverged cell apart without the colour, too.
    if (std::isinf(upper) && std::isinf(lower)) return painter.put(hatch(), {hatch_color(), top});
    if (top < 0 && bottom < 0) return painter.put(" ");
    if (!style_.unicode) return painter.put(" ", {-1, top});
    if (top < 0) return painter.put("▄", {bottom, -1});
    painter.put("▀", {top, bottom});
  }

  void put_best(Painter& painter, double loss) const {
    if (!colored()) return painter.put(best_mark());
    const bool dark = level_of(loss, scale_) < 0.6;
    const int white = style_.color == ColorMode::palette256 ? 231 : 0xFFFFFF;
    const int black = style_.color == ColorMode::palette256 ? 16 : 0x000000;
    painter.put(best_mark(), {dark ? white : black, color(loss), true});
  }

 private:
  std::string_view best_mark() const { return style_.unicode ? "✕" : colored() ? "X" : "O"; }
  std::string_view hatch() const { return style_.unicode ? "╱" : "/"; }
  int hatch_color() const { return style_.color == ColorMode::palette256 ? 138 : 0xA07074; }

  std::string_view shade(double loss) const {
    if (std::isnan(loss)) return " ";
    if (std::isinf(loss)) return hatch();
    static constexpr std::array<std::string_view, 9> ascii = {"@", "%", "#", "*", "+",
                                                              "=", "-", ":", "."};
    static constexpr std::array<std::string_view, 5> blocks = {"█", "▓", "▒", "░", "·"};
    const auto pick = [&](const auto& ramp) {
      const auto count = static_cast<double>(ramp.size());
      return ramp[static_cast<std::size_t>(std::min(level_of(loss, scale_) * count, count - 1))];
    };
    return style_.unicode ? pick(blocks) : pick(ascii);
  }

  ColorScale scale_;
  TerminalStyle style_;
};

// ---------------------------------------------------------------------------- the axes

/// How the cells of one axis fill the space there is: `merge` neighbours become one merged cell,
/// and one merged cell is `magnify` dots long. Only one of the two is ever above 1.
struct AxisLayout {
  std::size_t cells, merge, magnify;

  AxisLayout(std::size_t cell_count, std::size_t space, std::size_t most_magnify)
      : cells(cell_count),
        merge((cells + space - 1) / space),
        magnify(std::clamp(space / cells, std::size_t{1}, most_magnify)) {}

  std::size_t merged() const { return (cells + merge - 1) / merge; }
  std::size_t length() const { return merged() * magnify; }
  /// The dot of a place between the cells: -0.5 is the edge before cell 0, 0 its middle.
  std::size_t dot(double place) const {
    const double dots = (place + 0.5) / static_cast<double>(merge) * static_cast<double>(magnify);
    return std::min(static_cast<std::size_t>(std::max(dots, 0.0)), length() - 1);
  }
};

struct Tick {
  double place;  ///< in cells, fractions between them
  std::string label;
};
using Ticks = std::vector<Tick>;

/// Values v with f(v) = first + place * step, for places 0, 1, 2, ...
struct EvenSpacing {
  double first, step;
};

template <typename Transform>
std::optional<EvenSpacing> even_spacing(std::span<const double> values, Transform transform) {
  if (values.size() < 3) return std::nullopt;
  const double first = transform(values.front());
  const double step = (transform(values.back()) - first) / static_cast<double>(values.size() - 1);
  if (!std::isfinite(step) || step <= 0.0) return std::nullopt;
  for (std::size_t i = 0; i < values.size(); ++i) {
    // 2 % of a step is far less than a character, and allows for values rounded by hand.
    const double place = (transform(values[i]) - first) / step;
    if (std::fabs(place - static_cast<double>(i)) > 0.02) return std::nullopt;
  }
  return EvenSpacing{first, step};
}

void add_tick(Ticks& ticks, double value, double place, std::size_t cells) {
  if (place > -0.5 && place < static_cast<double>(cells) - 0.5) {
    ticks.push_back({place, short_number(value, 5)});
  }
}

/// Every 1, 2, 5, 10, ... times a power of ten, from at most eight steps on the axis downward.
std::vector<Ticks> linear_ticks(EvenSpacing axis, std::size_t cells) {
  std::vector<Ticks> sets;
  const double range = axis.step * static_cast<double>(cells - 1);
  for (int power = static_cast<int>(std::floor(std::log10(range))) - 1; sets.size() < 6; ++power) {
    for (const double figure : {1.0, 2.0, 5.0}) {
      const double spacing = figure * std::pow(10.0, power);
      if (range / spacing > 8.0) continue;
      Ticks ticks;
      const double before = std::floor(axis.first / spacing);
      for (int k = 0; k <= 12; ++k) {
        const double value = (before + k) * spacing;
        add_tick(ticks, value, (value - axis.first) / axis.step, cells);
      }
      sets.push_back(std::move(ticks));
    }
  }
  return sets;
}

/// Every decade, every second, every third, ...; on a short axis first something finer. With
/// `has_zero` cell 0 is 0 and the logarithmic axis starts at cell 1.
std::vector<Ticks> logarithmic_ticks(EvenSpacing axis, std::size_t cells, bool has_zero) {
  std::vector<Ticks> sets;
  const double span = axis.step * static_cast<double>(cells - (has_zero ? 2 : 1));
  const int low = static_cast<int>(std::floor(axis.first)) - 1;
  const int high = static_cast<int>(std::ceil(axis.first + span)) + 1;
  const auto add_set = [&](std::initializer_list<double> figures, int stride) {
    Ticks ticks;
    if (has_zero) ticks.push_back({0.0, "0"});
    for (int power = low; power <= high; ++power) {
      if (power % stride != 0) continue;
      for (const double figure : figures) {
        const double value = figure * std::pow(10.0, power);
        const double place = (std::log10(value) - axis.first) / axis.step;
        if (place > -0.5) add_tick(ticks, value, place + (has_zero ? 1.0 : 0.0), cells);
      }
    }
    sets.push_back(ticks);
    if (!has_zero || ticks.size() < 3) return;
    // The round value next to 0 is often too close to it for two labels.
    ticks.erase(ticks.begin() + 1);
    sets.push_back(std::move(ticks));
  };
  if (span < 1.5) add_set({1, 2, 5}, 1);
  if (span < 3.5) add_set({1, 3}, 1);
  for (int stride = 1; stride <= high - low; ++stride) add_set({1}, stride);
  return sets;
}

/// Sets of ticks at round values, the one most wanted first; none if the axis is uneven.
std::vector<Ticks> round_ticks(std::span<const double> values) {
  const auto identity = [](double value) { return value; };
  const auto logarithm = [](double value) { return std::log10(value); };
  if (const auto axis = even_spacing(values, identity)) return linear_ticks(*axis, values.size());
  const bool has_zero = values.front() == 0.0;
  if (const auto axis = even_spacing(has_zero ? values.subspan(1) : values, logarithm)) {
    return logarithmic_ticks(*axis, values.size(), has_zero);
  }
  return {};
}

bool distinct(const Ticks& ticks) {
  std::set<std::string_view> labels;
  for (const Tick& tick : ticks) labels.insert(tick.label);
  return labels.size() == ticks.size();
}

/// Ticks at the cells themselves, every `stride`-th, with as many digits as tell them apart.
Ticks own_ticks(std::span<const double> values, std::size_t stride) {
  Ticks ticks;
  for (int digits = 3; digits <= 5; ++digits) {
    ticks.clear();
    for (std::size_t i = 0; i < values.size(); i += stride) {
      ticks.push_back({static_cast<double>(i), short_number(values[i], digits)});
    }
    if (distinct(ticks)) break;
  }
  return ticks;
}

/// The first set of ticks that `fits`: round values, but of few cells the cells themselves.
template <typename Fits>
Ticks choose_ticks(std::span<const double> values, Fits fits) {
  constexpr std::size_t few = 6;
  if (values.size() > few) {
    for (const Ticks& ticks : round_ticks(values)) {
      if (ticks.size() >= 2 && distinct(ticks) && fits(ticks)) return ticks;
    }
  }
  std::size_t stride = 1;
  while (stride < values.size() && !fits(own_ticks(values, stride))) ++stride;
  return own_ticks(values, stride);
}

// ---------------------------------------------------------------------------- the drawing

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
    for (const std::string& line : wrap(printable(text, unicode_), static_cast<int>(columns_))) {
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
  Look look_;
  Painter painter_;
};

void Drawing::map() {
  const std::size_t halves = look_.halves();
  // The labels of the weight decay take some eight columns; they are known only when y is.
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
  // A character is about twice as high as wide: this keeps cells between tall and twice as wide.
  const std::size_t most_magnify = std::max(std::size_t{4}, 3 * y.magnify / halves);
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
    say(fmt::format("each {}character shows {} x {} cells, by the best of them",
                    halves == 2 ? "half " : "", x.merge, y.merge));
  }
}

void Drawing::map_row(std::size_t row, const AxisLayout& x, const AxisLayout& y) {
  const std::size_t halves = look_.halves();
  const std::size_t height = (y.length() + halves - 1) / halves * halves;
  // Dots count from the bottom; an odd number of them leaves the upper half of the top row empty.
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
    const std::string_view kind = scale_.logarithmic() ? "  log scale" : "  linear scale";
    const std::size_t used = before.size() + static_cast<std::size_t>(display_width(after));
    constexpr std::size_t shortest_bar = 12, longest_bar = 40;
    if (used + shortest_bar <= columns_) {
      const bool named = used + shortest_bar + kind.size() <= columns_;
      const std::size_t room = columns_ - used - (named ? kind.size() : 0);
      painter_.put(before);
      put_bar(std::min(room, longest_bar));
      painter_.put(after);
      if (named) painter_.put(kind);
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

ColorScale color_scale(std::span<const Heatmap> maps) {
  std::vector<double> losses;
  for (const Heatmap& map : maps) {
    std::copy_if(map.loss.begin(), map.loss.end(), std::back_inserter(losses),
                 [](double loss) { return std::isfinite(loss); });
  }
  if (losses.empty()) return {not_run, not_run};
  const auto [least, most] = std::minmax_element(losses.begin(), losses.end());
  const double low = *least, worst = *most;
  std::erase(losses, low);
  if (losses.empty()) return {low, low};
  const auto middle = losses.begin() + static_cast<std::ptrdiff_t>((losses.size() - 1) / 2);
  std::nth_element(losses.begin(), middle, losses.end());
  const double high = low > 0.0 ? *middle * (*middle / low) : *middle + (*middle - low);
  return {low, std::min(high, worst)};
}

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
      drawing.say("every cell that has run diverged");
    }
    drawing.legend();
  }
  return drawing.text();
}

}  // namespace lrscape::cli
