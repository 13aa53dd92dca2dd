#include "report/bound_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule_spec.hpp"
#include "report/stored_bound.hpp"
#include "report/sweep_section.hpp"
#include "store/opened_group.hpp"

namespace lrscape {
namespace {

constexpr std::size_t most_bound_bytes = 1'500'000;

/// The parameters of a schedule by name: numbers, for axes over them, and texts.
Json parameters_of(const std::string& schedule) {
  Json json = Json::object();
  try {
    const ScheduleSpec spec = parse_schedule(schedule);
    json["schedule"] = spec.name;
    for (const auto& parameter : spec.named_values())
      json[parameter.name] =
          std::isfinite(parameter.value) ? Json(parameter.value) : Json(parameter.text);
  } catch (const InputError&) {  // Of another version.
    json["schedule"] = schedule;
  }
  return json;
}

/// The indices of the horizons to keep: evenly spaced in the logarithm, and the number of steps of
/// each schedule.
std::vector<std::size_t> kept_horizons(const StoredBounds& bounds, std::size_t most) {
  std::vector<std::size_t> kept;
  const std::size_t count = bounds.horizons.size();
  if (count <= most) {
    for (std::size_t k = 0; k < count; ++k) kept.push_back(k);
    return kept;
  }
  const auto index_of = [&](double horizon) {
    const auto found = std::ranges::lower_bound(bounds.horizons, std::llround(horizon));
    return std::min(count - 1, static_cast<std::size_t>(found - bounds.horizons.begin()));
  };
  const double first = static_cast<double>(bounds.horizons.front());
  const double last = static_cast<double>(bounds.horizons.back());
  for (std::size_t k = 0; k < most; ++k)
    kept.push_back(index_of(
        first * std::pow(last / first, static_cast<double>(k) / static_cast<double>(most - 1))));
  for (const std::int64_t steps : bounds.steps)
    kept.push_back(index_of(static_cast<double>(steps)));
  std::ranges::sort(kept);
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  return kept;
}

/// `width` numbers for each schedule, number of steps and kept horizon.
std::vector<double> kept_of(const std::vector<double>& all, const StoredBounds& bounds,
                            const std::vector<std::size_t>& kept, std::size_t width) {
  if (kept.empty()) return all;
  std::vector<double> some;
  for (std::size_t row = 0; row < bounds.schedules.size() * bounds.steps.size(); ++row)
    for (const std::size_t horizon : kept)
      for (std::size_t k = 0; k < width; ++k)
        some.push_back(all[(row * bounds.horizons.size() + horizon) * width + k]);
  return some;
}

Json best_json(const StoredBounds& bounds) {
  constexpr std::size_t most = 200;
  Json rows = Json::array();
  for (const StoredBound& one : best_first(bounds)) {
    if (rows.size() == most) break;
    rows.push_back({{"schedule", bounds.schedules[one.schedule]},
                    {"steps", one.steps},
                    {"t", one.horizon},
                    {"gamma", one.gamma},
                    {"omega", one.omega},
                    {"gamma_opt", one.gamma_opt},
                    {"omega_opt", one.omega_opt}});
  }
  return rows;
}

/// The places of all schedules and numbers of steps, best first; null without a bound.
Json ranks_json(const StoredBounds& bounds) {
  std::vector<Json> ranks(bounds.schedules.size() * bounds.steps.size());
  std::size_t rank = 0;
  for (const StoredBound& one : best_first(bounds)) {
    const auto steps = std::ranges::find(bounds.steps, one.steps) - bounds.steps.begin();
    ranks[one.schedule * bounds.steps.size() + static_cast<std::size_t>(steps)] = rank++;
  }
  return ranks;
}

}  // namespace

Json bound_section(const std::string& path, Page& page) {
  const StoredBounds bounds = read_bounds(path);
  const std::size_t gammas = bounds.gammas.size();
  const std::size_t bytes = bounds.schedules.size() * bounds.steps.size() * (2 + gammas) * 8;
  constexpr std::size_t fewest = 100, most = 1000;
  const std::vector<std::size_t> kept =
      kept_horizons(bounds, std::clamp(most_bound_bytes / bytes, fewest, most));
  Json horizons = Json::array();
  for (const std::size_t horizon : kept) horizons.push_back(bounds.horizons[horizon]);
  if (kept.size() < bounds.horizons.size())
    page.leave_out(fmt::format("{} of {} horizons of {}",
                               grouped(std::ssize(bounds.horizons) - std::ssize(kept)),
                               grouped(std::ssize(bounds.horizons)), path));
  Json parameters = Json::array();
  for (const std::string& schedule : bounds.schedules)
    parameters.push_back(parameters_of(schedule));
  Json json = {
      {"kind", "bound"},
      {"path", path},
      {"schedules", bounds.schedules},
      {"parameters", parameters},
      {"steps", bounds.steps},
      {"horizons", horizons},
      {"gammas", bounds.gammas},
      {"gamma_opt", page.array(kept_of(bounds.gamma_opt, bounds, kept, 1))},
      {"omega_opt", page.array(kept_of(bounds.omega_opt, bounds, kept, 1))},
      {"best", best_json(bounds)},
      {"ranks", ranks_json(bounds)},
      {"attributes", attributes_json(open_group(path)
                                         .description.at("attributes")
                                         .dump(-1, ' ', true, Json::error_handler_t::replace))}};
  if (gammas > 0) json["omega"] = page.array(kept_of(bounds.omega, bounds, kept, gammas));
  return json;
}

}  // namespace lrscape
