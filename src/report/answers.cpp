#include "report/answers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/text.hpp"

namespace lrscape {
namespace {

std::string range_text(double low, double high) {
  return low == high ? for_people(low) : fmt::format("{} to {}", for_people(low), for_people(high));
}

std::string number(std::size_t count) { return grouped(static_cast<std::int64_t>(count)); }

std::string range_json(double low, double high) {
  return fmt::format("[{}, {}]", json_number(low), json_number(high));
}

}  // namespace

std::string for_people(double value) { return short_number(value, 4); }

std::string for_people(const Estimate& estimate, bool unicode) {
  if (!std::isfinite(estimate.standard_error) || estimate.standard_error == 0)
    return for_people(estimate.value);
  // The decimals that show two digits of the error.
  const int magnitude = static_cast<int>(std::floor(std::log10(estimate.standard_error)));
  constexpr int most_decimals = 9;
  const int decimals = 1 - magnitude;
  const std::string_view sign = unicode ? "±" : "+-";
  if (decimals < 0 || decimals > most_decimals)
    return fmt::format("{} {} {}", for_people(estimate.value), sign,
                       short_number(estimate.standard_error, 2));
  return fmt::format("{:.{}f} {} {:.{}f}", estimate.value, decimals, sign, estimate.standard_error,
                     decimals);
}

std::string two_decimals(double value) {
  const std::string text = fmt::format("{:.2f}", value);
  return text == "-0.00" ? std::string("0.00") : text;
}

std::string interval_text(const Interval& interval, std::string (*text)(double)) {
  if (std::isnan(interval.low)) return "";
  return fmt::format(" (95 % interval {} to {})", text(interval.low), text(interval.high));
}

std::string interval_members_json(const Interval& interval) {
  return fmt::format("\"value\": {}, \"low\": {}, \"high\": {}", json_number(interval.value),
                     json_number(interval.low), json_number(interval.high));
}

std::string identity_json(const ChosenMap& chosen) {
  std::vector<std::string> at;
  for (const auto& [name, label] : chosen.at)
    at.push_back(
        fmt::format("{}: {}", json_string(name), name == "schedule" ? json_string(label) : label));
  return fmt::format("\"path\": {}, \"optimizer\": {}, \"at\": {{{}}}", json_string(chosen.path),
                     json_string(chosen.optimizer), fmt::join(at, ", "));
}

std::string seeds_text(const LossMap& map) {
  const std::size_t seeds = map.seeds().size();
  std::size_t least = seeds, most = 0;
  for (std::size_t i = 0; i < map.learning_rates().size(); ++i)
    for (std::size_t j = 0; j < map.weight_decays().size(); ++j)
      if (const std::size_t count = map.seeds_run(i, j); count > 0) {
        least = std::min(least, count);
        most = std::max(most, count);
      }
  const std::string text = least < most   ? fmt::format("{} to {} of ", least, most)
                           : most < seeds ? fmt::format("{} of ", most)
                                          : "";
  return text + fmt::format("{} seed{}", seeds, seeds == 1 ? "" : "s");
}

std::string edge_text(Edge edge, bool of_part) {
  const std::string_view part = of_part ? " of this part" : "";
  switch (edge) {
    case Edge::lowest_rate:
      return fmt::format("the lowest learning rate{}", part);
    case Edge::highest_rate:
      return fmt::format("the highest learning rate{}", part);
    case Edge::lowest_decay:
      return fmt::format("the lowest weight decay{}", part);
    case Edge::highest_decay:
      return fmt::format("the highest weight decay{}", part);
  }
  return "";
}

std::string edge_remedy(Edge edge) {
  switch (edge) {
    case Edge::lowest_rate:
      return "a sweep of smaller learning rates may find a better cell";
    case Edge::highest_rate:
      return "a sweep of larger learning rates may find a better cell";
    case Edge::lowest_decay:
      return "a sweep of smaller weight decays may find a better cell";
    case Edge::highest_decay:
      return "a sweep of larger weight decays may find a better cell";
  }
  return "";
}

namespace {

/// Why the loss of the best cell has no standard error; empty if it has one.
std::string why_no_error(const LossMap& map, const Cell& best) {
  if (map.seeds().size() == 1) return "a single seed gives no standard error and no intervals";
  if (map.seeds_run(best.learning_rate, best.weight_decay) < 2)
    return "the best cell has run with a single seed, so it has no standard error, and no cells "
           "are known to be as good";
  return "";
}

/// "expected loss of this cell with new seeds: 0.4071 (95 % interval 0.3652 to 0.449)", and why the
/// interval is wider than the standard error beside the mean of the cell.
std::string expected_text(const Interval& expected, const Cell& best, std::size_t cells,
                          bool unicode) {
  std::string text = fmt::format("expected loss of this cell with new seeds: {}{}",
                                 for_people(expected.value), interval_text(expected, for_people));
  if (!std::isnan(expected.low) && best.loss.standard_error > 0 && cells > 1)
    text += fmt::format("; unlike {}, this interval allows for having chosen the best of {} cells",
                        unicode ? "±" : "+-", number(cells));
  return text;
}

}  // namespace

std::vector<std::string> answers(const ChosenMap& chosen, bool unicode) {
  const LossMap& map = chosen.map;
  std::vector<std::string> lines;
  if (const auto best = best_cell(map)) {
    lines.push_back(fmt::format(
        "best validation loss {} at lr {} wd {}, mean of {}", for_people(best->loss, unicode),
        for_people(map.learning_rates()[best->learning_rate]),
        for_people(map.weight_decays()[best->weight_decay]), seeds_text(map)));
    const std::size_t cells = map.learning_rates().size() * map.weight_decays().size();
    if (const auto expected = expected_best_loss(map); expected && map.seeds().size() > 1)
      lines.push_back(expected_text(*expected, *best, cells, unicode));
    if (const std::string reason = why_no_error(map, *best); !reason.empty())
      lines.push_back(reason);
    const auto good = as_good_as_best(map);
    const std::size_t others = good ? good->cells - 1 : 0;
    if (good && others == 0 && cells > 1)
      lines.push_back(
          "no other cell is as good: each differs from the best by more than one standard error of "
          "the difference");
    if (others > 0)
      lines.push_back(fmt::format("{} other cell{} as good: lr {}, wd {}", number(others),
                                  others == 1 ? " is" : "s are",
                                  range_text(good->lowest_rate, good->highest_rate),
                                  range_text(good->lowest_decay, good->highest_decay)));
    for (const Edge edge : edges_of_best(map))
      lines.push_back(fmt::format("the best cell is at {}; {}", edge_text(edge, chosen.is_cut),
                                  chosen.is_cut ? "look at more of the map" : edge_remedy(edge)));
  }
  if (const auto slope = ridge_slope(map))
    lines.push_back(fmt::format(
        "log-log slope of the best wd against lr: {}{}, {} learning rates from {} to {}",
        two_decimals(slope->slope.value), interval_text(slope->slope, two_decimals), slope->points,
        for_people(slope->lowest_rate), for_people(slope->highest_rate)));
  else if (best_cell(map) && map.learning_rates().size() > 1 && map.weight_decays().size() > 1)
    lines.push_back(
        fmt::format("no slope: fewer than {} learning rates have their valley inside {}",
                    fewest_ridge_points, chosen.is_cut ? "this part" : "the map"));
  if (chosen.done < chosen.runs)
    lines.push_back(fmt::format("{} of {} runs done, {} of them diverged", number(chosen.done),
                                number(chosen.runs), number(chosen.diverged)));
  else
    lines.push_back(
        fmt::format("{} of {} runs diverged", number(chosen.diverged), number(chosen.runs)));
  return lines;
}

std::string answers_json(const ChosenMap& chosen) {
  const LossMap& map = chosen.map;
  std::string text =
      fmt::format("{{{}, \"runs\": {{\"done\": {}, \"total\": {}, \"diverged\": {}}}",
                  identity_json(chosen), chosen.done, chosen.runs, chosen.diverged);
  const auto best = best_cell(map);
  const auto expected = expected_best_loss(map);
  text +=
      best && expected
          ? fmt::format(
                ", \"best\": {{\"learning_rate\": {}, \"weight_decay\": {}, \"loss\": "
                "{}, \"standard_error\": {}, \"expected_loss\": {{{}}}}}",
                json_number(map.learning_rates()[best->learning_rate]),
                json_number(map.weight_decays()[best->weight_decay]), json_number(best->loss.value),
                json_number(best->loss.standard_error), interval_members_json(*expected))
          : ", \"best\": null";
  const auto good = as_good_as_best(map);
  text += good ? fmt::format(
                     ", \"as_good_as_best\": {{\"cells\": {}, \"learning_rate\": {}, "
                     "\"weight_decay\": {}}}",
                     good->cells, range_json(good->lowest_rate, good->highest_rate),
                     range_json(good->lowest_decay, good->highest_decay))
               : ", \"as_good_as_best\": null";
  const auto slope = ridge_slope(map);
  text += slope ? fmt::format(", \"slope\": {{{}, \"points\": {}, \"learning_rate\": {}}}",
                              interval_members_json(slope->slope), slope->points,
                              range_json(slope->lowest_rate, slope->highest_rate))
                : ", \"slope\": null";
  std::vector<std::string> points;
  for (const RidgePoint& point : ridge(map))
    points.push_back(range_json(point.learning_rate, point.weight_decay));  // A pair of numbers.
  text += fmt::format(", \"ridge\": [{}]", fmt::join(points, ", "));
  std::vector<std::string> edges;
  for (const Edge edge : edges_of_best(map)) edges.push_back(json_string(name_of(edge)));
  return text + fmt::format(", \"edge\": [{}]}}", fmt::join(edges, ", "));
}

}  // namespace lrscape
