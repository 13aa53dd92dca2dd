#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "cli/commands.hpp"
#include "cli/curve_plot.hpp"
#include "cli/heatmap.hpp"
#include "cli/map_selection.hpp"
#include "cli/panels.hpp"
#include "cli/stored_bounds.hpp"
#include "cli/sweep_options.hpp"
#include "cli/terminal.hpp"
#include "lrscape/error.hpp"
#include "report/answers.hpp"
#include "report/color_scales.hpp"

namespace lrscape::cli {
namespace {

struct ShowOptions {
  MapOptions maps;
  bool json = false;
  std::string config;
};

Heatmap heatmap_of(const ChosenMap& chosen) {
  return {chosen.title(), chosen.map.learning_rates(), chosen.map.weight_decays(),
          chosen.map.means()};
}

/// The curve of a part of one row, column or cell; nothing for a map.
std::optional<Curve> curve_of(const ChosenMap& chosen) {
  const LossMap& map = chosen.map;
  const std::size_t rates = map.learning_rates().size(), decays = map.weight_decays().size();
  const std::string at_decay =
      fmt::format("{}, wd {}", chosen.title(), for_people(map.weight_decays().front()));
  const std::string at_rate =
      fmt::format("{}, lr {}", chosen.title(), for_people(map.learning_rates().front()));
  Curve curve;
  if (rates == 1 && decays == 1) {
    if (chosen.by_epoch.size() < 2) return std::nullopt;
    curve = {fmt::format("{} wd {}", at_rate, for_people(map.weight_decays().front())),
             "epoch",
             {},
             chosen.by_epoch};
    for (std::size_t epoch = 1; epoch <= chosen.by_epoch.size(); ++epoch)
      curve.x.push_back(static_cast<double>(epoch));
  } else if (decays == 1) {
    curve = {at_decay, "learning rate", map.learning_rates(), {}};
    for (std::size_t i = 0; i < rates; ++i) curve.loss.push_back(map.mean(i, 0));
  } else if (rates == 1) {
    curve = {at_rate, "weight decay", map.weight_decays(), {}};
    for (std::size_t j = 0; j < decays; ++j) curve.loss.push_back(map.mean(0, j));
  } else {
    return std::nullopt;
  }
  return curve;
}

/// The bounds of a result, and its path.
struct NamedBounds {
  std::string path;
  StoredBounds bounds;
};

void print_json(const std::vector<ChosenMap>& maps, const std::vector<NamedBounds>& bounds) {
  fmt::print("{{\"results\": [");
  for (std::size_t k = 0; k < maps.size(); ++k)
    fmt::print("{}{}", k > 0 ? ",\n  " : "\n  ", answers_json(maps[k]));
  fmt::print("\n], \"bounds\": [");
  for (std::size_t k = 0; k < bounds.size(); ++k)
    fmt::print("{}{{\"path\": {}, \"best\": {}}}", k > 0 ? ",\n  " : "\n  ",
               json_string(bounds[k].path), best_bounds_json(bounds[k].bounds));
  fmt::print("{}]}}\n", bounds.empty() ? "" : "\n");
}

void draw(const std::vector<ChosenMap>& maps, const TerminalStyle& style) {
  std::vector<Heatmap> heatmaps;
  for (const ChosenMap& one : maps) heatmaps.push_back(heatmap_of(one));
  const std::vector<ColorScale> scales = color_scales(maps);
  fmt::print("{}", side_by_side(maps.size(), style, [&](std::size_t k, const TerminalStyle& panel) {
               const auto curve = curve_of(maps[k]);
               std::string text =
                   curve ? render(*curve, panel) : render(heatmaps[k], scales[k], panel);
               for (const std::string& answer : answers(maps[k], style.unicode))
                 for (const std::string& line : wrap(answer, panel.columns)) text += line + "\n";
               return text;
             }));
}

/// Reads everything before it prints anything.
void show(const ShowOptions& options) {
  MapOptions of_sweeps = options.maps;
  of_sweeps.paths.clear();
  std::vector<NamedBounds> bounds;
  for (const std::string& path : options.maps.paths) {
    if (is_bound_result(path))
      bounds.push_back({path, read_bounds(path)});
    else
      of_sweeps.paths.push_back(path);
  }
  if (!bounds.empty() && chooses(options.maps))
    throw InputError(
        fmt::format("{} holds bounds, which have no maps for the options that choose "
                    "maps, seeds or epochs",
                    bounds.front().path));
  const auto maps = of_sweeps.paths.empty() ? std::vector<ChosenMap>() : choose_maps(of_sweeps);
  if (options.json) return print_json(maps, bounds);
  const TerminalStyle style = terminal_style(STDOUT_FILENO);
  draw(maps, style);
  for (std::size_t k = 0; k < bounds.size(); ++k)
    fmt::print("{}{}", maps.empty() && k == 0 ? "" : "\n",
               drawn(bounds[k].bounds, bounds[k].path, style));
}

}  // namespace

Command show_command(const std::string& /*command_line*/) {
  Command command("show", "Draw results in the terminal, with the best cells and slopes");
  command.description =
      "Every map shows the mean validation loss over the seeds: bright (without colour: dense) is "
      "best. Maps of the same data with similar losses share one colour scale. A single row or "
      "column is drawn as a curve with standard errors, and a single cell over the epochs if the "
      "sweep used --record epoch; in a curve, ^ is a loss above the plot and / a diverged run. "
      "Below each map are the best cell with its standard error, the number of cells as good, "
      "and the slope of the best weight decay against the learning rate (lrscape help answers). An "
      "unfinished result is drawn as far as it has run; cells that have not run are blank. Of "
      "bounds, show draws the best ones over the horizons and lists the best twenty; --json "
      "prints the best of each schedule and number of steps.";
  command.examples = {
      {"lrscape show map.zarr", "All optimizers of a result."},
      {"lrscape show pt.zarr lh.zarr --lr 1e-3:1e-1", "Two results, over two decades of rates."},
      {"lrscape show map.zarr --wd 0.1", "The loss over the learning rate at one weight decay."},
      {"lrscape show map.zarr --json", "The best cell, the slope and the rest for a script."}};
  const auto options = std::make_shared<ShowOptions>();
  add_results(command, options->maps, "folders written by lrscape sweep or lrscape bound");
  add_map_options(command, options->maps);
  add_decay_window(command, options->maps);
  command.add_flag("--json", options->json, "print the answers as JSON, and no map");
  add_config_option(command, options->config);
  command.run = [options] { show(*options); };
  return command;
}

}  // namespace lrscape::cli
