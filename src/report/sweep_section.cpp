#include "report/sweep_section.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "report/answers.hpp"
#include "report/color_scales.hpp"
#include "report/map_arrays.hpp"

namespace lrscape {
namespace {

/// What a map says below its picture, and the numbers to draw in it.
Json answers_of(const ChosenMap& chosen) {
  Json found = Json::parse(answers_json(chosen));
  found["sentences"] = answers(chosen, true);
  return found;
}

void append(CellNumbers& all, const CellNumbers& more) {
  for (const auto numbers :
       {&CellNumbers::mean, &CellNumbers::error, &CellNumbers::least, &CellNumbers::most})
    (all.*numbers).insert((all.*numbers).end(), (more.*numbers).begin(), (more.*numbers).end());
}

/// The colour scales of these cells by statistic. `clipped` tells whether numbers are above one.
Json scales_json(CellNumbers all) {
  const auto scale_of = [](std::vector<double>& numbers) -> Json {
    const auto worst = std::ranges::max_element(numbers, {}, [](double number) {
      return std::isfinite(number) ? number : -std::numeric_limits<double>::infinity();
    });
    const double highest = worst == numbers.end() ? 0 : *worst;
    const ColorScale scale = color_scale(std::move(numbers));
    return {{"low", scale.low},
            {"high", scale.high},
            {"logarithmic", scale.logarithmic()},
            {"clipped", highest > scale.high}};
  };
  return {{"mean", scale_of(all.mean)},
          {"least", scale_of(all.least)},
          {"most", scale_of(all.most)},
          {"error", scale_of(all.error)}};
}

}  // namespace

ReportedSweep reported_sweep(const std::string& path, Result result) {
  ReportedSweep sweep = {path, std::move(result), {}, {}};
  for (std::size_t k = 0; k < sweep.result.configuration_count(); ++k)
    sweep.maps.push_back(
        chosen_map(sweep.result, k, path, loss_map(sweep.result, k), /*is_cut=*/false));
  return sweep;
}

Budget budget_of(std::size_t maps) {
  constexpr std::size_t losses = 2'400'000, curves = 2'000'000, slices = 700'000;
  return {losses / maps, curves / maps, slices / maps};
}

Json sweep_section(const ReportedSweep& sweep, const Budget& budget, Page& page) {
  const Result& result = sweep.result;
  Json axes = Json::array();
  for (const ResultAxis& axis : result.axes)
    axes.push_back({{"name", axis.name}, {"labels", axis.labels}});
  Json maps = Json::array();
  for (std::size_t k = 0; k < sweep.maps.size(); ++k) {
    const ChosenMap& chosen = sweep.maps[k];
    maps.push_back({{"place", result.place_of(k)},
                    {"title", chosen.title()},
                    {"answers", answers_of(chosen)},
                    {"seeds_text", seeds_text(chosen.map)},
                    {"scales", scales_json(cell_numbers(chosen.map))},
                    {"scale_group", sweep.scale_groups[k]},
                    {"cells", cells_json(chosen.map, result.precision, budget.losses, page)},
                    {"slices", slices_json(chosen, budget.slices, page)},
                    {"curves", curves_json(result, k, budget.curves, page)}});
  }
  const LossMap& any = sweep.maps.front().map;
  return {{"kind", "sweep"},
          {"path", sweep.path},
          {"optimizers", result.optimizers},
          {"axes", axes},
          {"learning_rates", any.learning_rates()},
          {"weight_decays", any.weight_decays()},
          {"seeds", result.seeds},
          {"attributes", attributes_json(result.attributes)},
          {"maps", maps}};
}

void group_scales(std::vector<ReportedSweep>& sweeps) {
  std::vector<const ChosenMap*> maps;
  for (const ReportedSweep& sweep : sweeps)
    for (const ChosenMap& chosen : sweep.maps) maps.push_back(&chosen);
  const std::vector<std::size_t> groups = scale_groups(maps);
  auto group = groups.begin();
  for (ReportedSweep& sweep : sweeps) {
    const auto end = group + std::ssize(sweep.maps);
    sweep.scale_groups.assign(group, end);
    group = end;
  }
}

Json page_scales(const std::vector<ReportedSweep>& sweeps) {
  CellNumbers all;
  std::vector<CellNumbers> groups;
  for (const ReportedSweep& sweep : sweeps)
    for (std::size_t k = 0; k < sweep.maps.size(); ++k) {
      groups.resize(std::max(groups.size(), sweep.scale_groups[k] + 1));
      const CellNumbers numbers = cell_numbers(sweep.maps[k].map);
      append(all, numbers);
      append(groups[sweep.scale_groups[k]], numbers);
    }
  Json of_groups = Json::array();
  for (CellNumbers& group : groups) of_groups.push_back(scales_json(std::move(group)));
  return {{"all", scales_json(std::move(all))}, {"groups", std::move(of_groups)}};
}

Json attributes_json(const std::string& attributes) {
  Json json = Json::parse(attributes, nullptr, false);
  if (!json.is_object()) return Json::object();
  const auto found = json.find("configuration");
  if (found != json.end() && found->is_string()) {
    Json configuration = Json::parse(found->get_ref<const std::string&>(), nullptr, false);
    if (!configuration.is_discarded()) *found = std::move(configuration);
  }
  return json;
}

}  // namespace lrscape
