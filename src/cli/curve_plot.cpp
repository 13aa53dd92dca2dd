#include "cli/curve_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.hpp"
#include "cli/axis_ticks.hpp"
#include "cli/color_scale.hpp"
#include "cli/heatmap.hpp"

namespace lrscape::cli {
namespace {

constexpr std::size_t plot_rows = 14;
constexpr int narrowest_plot = 40;

class CurveDrawing {
 public:
  CurveDrawing(const Curve& curve, const TerminalStyle& style)
      : curve_(curve),
        unicode_(style.unicode),
        columns_(static_cast<std::size_t>(std::max(style.columns, narrowest_plot))),
        scale_(scale_of(curve)) {}

  std::string text() {
    std::string text;
    for (const std::string& line :
         wrap(for_terminal(curve_.title, unicode_), static_cast<int>(columns_)))
      text += line + "\n";
    if (std::isnan(scale_.low)) return text + fmt::format("no {} is finite\n", curve_.quantity);
    const std::vector<std::string> labels = row_labels();
    std::size_t gutter = 0;
    for (const std::string& label : labels) gutter = std::max(gutter, label.size());
    const AxisLayout x(curve_.x.size(), columns_ - gutter - 2, 4);
    std::vector<std::vector<std::string>> canvas(plot_rows,
                                                 std::vector<std::string>(x.length(), " "));
    for (std::size_t first = 0; first < x.cells; first += x.merge) put_point(canvas, x, first);
    text += fmt::format("{:>{}}\n", curve_.quantity,
                        std::max<std::size_t>(gutter, curve_.quantity.size()));
    for (std::size_t row = 0; row < plot_rows; ++row) {
      std::string line = fmt::format("{:>{}} {}", labels[row], gutter,
                                     unicode_              ? labels[row].empty() ? "│" : "┤"
                                     : labels[row].empty() ? "|"
                                                           : "+");
      for (const std::string& mark : canvas[row]) line += mark;
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
    return text + axis_lines(gutter + 2, x);
  }

 private:
  /// The scale that colours would have, so that a valley fills half of the plot.
  static ColorScale scale_of(const Curve& curve) {
    Heatmap losses = {"", curve.x, {1}, {}};
    for (const Estimate& one : curve.loss) losses.loss.push_back(one.value);
    ColorScale scale = color_scale({&losses, 1});
    for (const Estimate& one : curve.loss)  // The bar of the best loss must fit.
      if (std::isfinite(one.standard_error) && one.value - one.standard_error > 0)
        scale.low = std::min(scale.low, one.value - one.standard_error);
    return scale;
  }

  /// From 0 at the bottom to 1 at the top, and beyond.
  double height(double loss) const {
    if (!(scale_.low < scale_.high)) return loss > scale_.high ? 2 : 0.5;
    if (!scale_.logarithmic()) return (loss - scale_.low) / (scale_.high - scale_.low);
    return loss > 0 ? std::log(loss / scale_.low) / std::log(scale_.high / scale_.low) : 0;
  }

  std::size_t row_of(double loss) const {
    const double from_bottom = std::clamp(height(loss), 0.0, 1.0) * (plot_rows - 1);
    return plot_rows - 1 - static_cast<std::size_t>(std::lround(from_bottom));
  }

  std::vector<std::string> row_labels() const {
    std::vector<std::string> labels(plot_rows);
    const auto loss_at = [&](double share) {
      return scale_.logarithmic() ? scale_.low * std::pow(scale_.high / scale_.low, share)
                                  : std::lerp(scale_.low, scale_.high, share);
    };
    if (!(scale_.low < scale_.high)) {
      labels[plot_rows / 2] = short_number(scale_.low, 4);
      return labels;
    }
    for (const double share : {0.0, 1.0 / 3, 2.0 / 3, 1.0}) {
      const double loss = loss_at(share);
      labels[row_of(loss)] = short_number(loss, 4);
    }
    return labels;
  }

  void put_point(std::vector<std::vector<std::string>>& canvas, const AxisLayout& x,
                 std::size_t first) const {
    // Merged points show the best one.
    std::optional<Estimate> shown;
    for (std::size_t k = first; k < std::min(first + x.merge, x.cells); ++k)
      if (const Estimate& one = curve_.loss[k]; !std::isnan(one.value))
        if (!shown || one.value < shown->value) shown = one;
    if (!shown) return;
    const std::size_t column = x.dot(static_cast<double>(first));
    if (std::isinf(shown->value)) {
      canvas[0][column] = unicode_ ? "╱" : "/";
    } else if (height(shown->value) > 1) {
      canvas[0][column] = "^";
    } else {
      if (std::isfinite(shown->standard_error))
        for (std::size_t row = row_of(shown->value + shown->standard_error);
             row <= row_of(shown->value - shown->standard_error); ++row)
          canvas[row][column] = unicode_ ? "┃" : "|";
      canvas[row_of(shown->value)][column] = unicode_ ? "●" : "o";
    }
  }

  std::string axis_lines(std::size_t gutter, const AxisLayout& x) const {
    const auto start_of = [&](const Tick& tick) {
      const std::size_t middle = gutter + x.dot(tick.place), half = (tick.label.size() - 1) / 2;
      return std::min(middle - std::min(middle, half), columns_ - tick.label.size());
    };
    const Ticks ticks = choose_ticks(curve_.x, [&](const Ticks& wanted) {
      for (std::size_t k = 1; k < wanted.size(); ++k)
        if (start_of(wanted[k]) < start_of(wanted[k - 1]) + wanted[k - 1].label.size() + 2)
          return false;
      return true;
    });
    std::string line(gutter - 1, ' '), labels(columns_, ' ');
    std::vector<bool> marked(x.length(), false);
    for (const Tick& tick : ticks) {
      marked[x.dot(tick.place)] = true;
      labels.replace(start_of(tick), tick.label.size(), tick.label);
    }
    line += unicode_ ? "└" : "+";
    for (const bool mark : marked) line += mark ? unicode_ ? "┬" : "+" : unicode_ ? "─" : "-";
    labels.erase(labels.find_last_not_of(' ') + 1);
    return line + "\n" + labels + "\n" + std::string(gutter, ' ') + curve_.axis + "\n";
  }

  const Curve& curve_;
  bool unicode_;
  std::size_t columns_;
  ColorScale scale_;
};

}  // namespace

std::string render(const Curve& curve, const TerminalStyle& style) {
  return CurveDrawing(curve, style).text();
}

}  // namespace lrscape::cli
