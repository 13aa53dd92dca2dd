#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "cli/color_scale.hpp"
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

void print_json(const std::vector<ChosenMap>& all) {
  fmt::print("{{\"results\": [");
  for (std::size_t k = 0; k < all.size(); ++k)
    fmt::print("{}{}", k > 0 ? ",\n  " : "\n  ", answers_json(all[k]));
  fmt::print("\n]}}\n");
}

/// Bounds have no maps, so the options that choose maps do not apply.
void show_bounds(const ShowOptions& options) {
  const MapOptions& maps = options.maps;
  if (options.json || !maps.optimizer.empty() || !maps.at.empty() || !maps.learning_rates.empty() ||
      !maps.weight_decays.empty() || !maps.seeds.empty() || maps.epoch)
    throw InputError(
        fmt::format("{} holds bounds, for which show takes no options; lrscape export "
                    "--format json prints them",
                    maps.paths.front()));
  const TerminalStyle style = terminal_style(STDOUT_FILENO);
  for (std::size_t k = 0; k < maps.paths.size(); ++k)
    fmt::print("{}{}", k > 0 ? "\n" : "", drawn(read_bounds(maps.paths[k]), maps.paths[k], style));
}

void show(const ShowOptions& options) {
  if (!options.maps.paths.empty() && is_bound_result(options.maps.paths.front()))
    return show_bounds(options);
  const std::vector<ChosenMap> all = choose_maps(options.maps);
  if (options.json) return print_json(all);
  std::vector<Heatmap> heatmaps;
  for (const ChosenMap& one : all) heatmaps.push_back(heatmap_of(one));
  const ColorScale scale = color_scale(heatmaps);
  const TerminalStyle style = terminal_style(STDOUT_FILENO);
  fmt::print("{}", side_by_side(all.size(), style, [&](std::size_t k, const TerminalStyle& panel) {
               const auto curve = curve_of(all[k]);
               std::string text = curve ? render(*curve, panel) : render(heatmaps[k], scale, panel);
               for (const std::string& answer : answers(all[k], style.unicode))
                 for (const std::string& line : wrap(answer, panel.columns)) text += line + "\n";
               return text;
             }));
}

}  // namespace

Command show_command(const std::string& /*command_line*/) {
  Command command("show", "Draw results in the terminal, with the best cells and slopes");
  command.description =
      "Every map shows the mean validation loss over the seeds. All maps share one colour scale: "
      "bright (without colour: dense) is best. A single row or column is drawn as a curve with "
      "standard errors, and a single cell over the epochs if the sweep used --record epoch; in a "
      "curve, ^ is a loss above the plot and / a diverged run. Below each map are the best cell "
      "with its standard error, the number of cells as good, and the slope of the best weight "
      "decay "
      "against the learning rate (lrscape help answers). An unfinished result is drawn as far as "
      "it "
      "has run; cells that have not run are blank. Of bounds, show draws the best ones over the "
      "horizons and lists the best twenty.";
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
