#include "cli/axis_ticks.hpp"

#include <cmath>
#include <initializer_list>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "cli/terminal.hpp"

namespace lrscape::cli {
namespace {

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
    // The tolerance, 2 % of a step, admits values rounded by hand and is far below one character.
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

/// Sets of ticks at multiples of 1, 2 or 5 times a power of ten. The first set divides the axis
/// into at most eight steps, each further set into fewer.
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

/// Sets of ticks at every decade, every second decade, ...; on a short axis, finer sets come first.
/// With `has_zero`, cell 0 has the value 0 and the logarithmic axis starts at cell 1.
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
    // The first round value is often too close to 0 for both labels to fit.
    ticks.erase(ticks.begin() + 1);
    sets.push_back(std::move(ticks));
  };
  if (span < 1.5) add_set({1, 2, 5}, 1);
  if (span < 3.5) add_set({1, 3}, 1);
  for (int stride = 1; stride <= high - low; ++stride) add_set({1}, stride);
  return sets;
}

/// Sets of ticks at round values, in order of preference; empty if the axis is uneven.
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

/// Ticks at every `stride`-th cell, with enough digits (3 to 5) to make the labels distinct.
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

}  // namespace

Ticks choose_ticks(std::span<const double> values, const std::function<bool(const Ticks&)>& fits) {
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

}  // namespace lrscape::cli
