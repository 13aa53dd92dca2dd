#include "cli/stored_bounds.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "base/text.hpp"
#include "cli/curve_plot.hpp"
#include "cli/panels.hpp"
#include "report/answers.hpp"
#include "report/stored_bound.hpp"

namespace lrscape::cli {
namespace {

constexpr double no_error = std::numeric_limits<double>::quiet_NaN();

std::string table_of(const StoredBounds& bounds, const std::vector<StoredBound>& best) {
  constexpr std::size_t most = 20;
  const std::size_t shown = std::min(best.size(), most);
  std::size_t width = std::string_view("schedule").size();
  for (std::size_t k = 0; k < shown; ++k)
    width = std::max(width, printable(bounds.schedules[best[k].schedule]).size());
  std::string text = fmt::format("{:<{}} {:>9} {:>12} {:>12} {:>12} {:>12}\n", "schedule", width,
                                 "steps", "gamma", "omega", "gamma_opt", "omega_opt");
  for (std::size_t k = 0; k < shown; ++k) {
    const StoredBound& one = best[k];
    text += fmt::format("{:<{}} {:>9} {:>12.6g} {:>12.6g} {:>12.6g} {:>12.6g}\n",
                        printable(bounds.schedules[one.schedule]), width, one.steps, one.gamma,
                        one.omega, one.gamma_opt, one.omega_opt);
  }
  if (shown < best.size())
    text += fmt::format("the best {} of {}; lrscape export prints all of them\n", shown,
                        grouped(std::ssize(best)));
  return text;
}

std::string row_json(const StoredBounds& bounds, const StoredBound& one) {
  return fmt::format(
      "{{\"schedule\": {}, \"steps\": {}, \"t\": {}, \"gamma\": {}, \"omega\": {}, "
      "\"gamma_opt\": {}, \"omega_opt\": {}}}",
      json_string(bounds.schedules[one.schedule]), one.steps, one.horizon, json_number(one.gamma),
      json_number(one.omega), json_number(one.gamma_opt), json_number(one.omega_opt));
}

/// The bound over the horizons: at its best gamma or, with gammas, at the gamma of `one`.
Curve curve_of(const StoredBounds& bounds, const StoredBound& one) {
  Curve curve = {fmt::format("{}, {} steps, gamma {}", bounds.schedules[one.schedule], one.steps,
                             bounds.gammas.empty() ? "gamma_opt of each t" : for_people(one.gamma)),
                 "horizon t",
                 {},
                 {},
                 "omega"};
  for_each_bound(bounds, [&](const StoredBound& other) {
    if (other.schedule != one.schedule || other.steps != one.steps) return;
    if (!bounds.gammas.empty() && other.gamma != one.gamma) return;
    curve.x.push_back(static_cast<double>(other.horizon));
    curve.loss.push_back({other.omega, no_error});
  });
  return curve;
}

}  // namespace

std::string bounds_csv(const StoredBounds& bounds) {
  std::string text = "schedule,steps,t,gamma,omega,gamma_opt,omega_opt\n";
  for_each_bound(bounds, [&](const StoredBound& one) {
    text += fmt::format("{},{},{},{},{},{},{}\n", csv_field(bounds.schedules[one.schedule]),
                        one.steps, one.horizon, to_text(one.gamma), to_text(one.omega),
                        to_text(one.gamma_opt), to_text(one.omega_opt));
  });
  return text;
}

std::string bounds_json(const StoredBounds& bounds) {
  std::string text = "{\"rows\": [";
  std::string_view separator = "";
  for_each_bound(bounds, [&](const StoredBound& one) {
    text += fmt::format("{}\n{}", separator, row_json(bounds, one));
    separator = ",";
  });
  return text + "\n]}\n";
}

std::string best_bounds_json(const StoredBounds& bounds) {
  std::vector<std::string> rows;
  for (const StoredBound& one : best_first(bounds)) rows.push_back(row_json(bounds, one));
  return fmt::format("[{}]", fmt::join(rows, ",\n"));
}

std::string drawn(const StoredBounds& bounds, const std::string& title,
                  const TerminalStyle& style) {
  const std::vector<StoredBound> best = best_first(bounds);
  std::string text = for_terminal(title, style.unicode) + "\n";
  constexpr std::size_t most_curves = 4;
  if (bounds.horizons.size() > 2)
    text += side_by_side(std::min(best.size(), most_curves), style,
                         [&](std::size_t k, const TerminalStyle& panel) {
                           return render(curve_of(bounds, best[k]), panel);
                         }) +
            "\n";
  return text + table_of(bounds, best);
}

}  // namespace lrscape::cli
