#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "cli/axis.hpp"
#include "cli/color_scale.hpp"
#include "cli/commands.hpp"
#include "cli/heatmap.hpp"
#include "cli/sweep_options.hpp"
#include "cli/terminal.hpp"
#include "lrscape/analysis.hpp"
#include "lrscape/error.hpp"
#include "lrscape/store.hpp"

namespace lrscape::cli {
namespace {

struct ShowOptions {
  std::vector<std::string> paths;
  std::string slope_range;
  std::string at;
  std::string config;
};

/// Four significant digits; lrscape export prints exact numbers.
std::string for_people(double value) { return fmt::format("{:.4g}", value); }

struct Shown {
  Heatmap heatmap;
  LossMap map;
  std::size_t diverged = 0;
  std::size_t not_run = 0;
  std::size_t runs = 0;
};

/// An axis and the label that --at selects.
struct Selection {
  std::size_t axis;  ///< 0 for the optimizer, else one more than the index into Result::axes
  std::string label;
};

const std::vector<std::string>& labels_of(const Result& result, std::size_t axis) {
  return axis == 0 ? result.optimizers : result.axes[axis - 1].labels;
}

/// The label that a text means: a number in any form, a schedule with parameters left out. Returns
/// nothing if the axis has no such label.
std::optional<std::string> label_of(const Result& result, std::size_t axis, std::string_view text) {
  const auto& labels = labels_of(result, axis);
  std::string label(text);
  if (std::ranges::count(labels, label) > 0) return label;
  try {
    if (axis > 0 && !result.axes[axis - 1].values.empty())
      label = to_text(parse_number(text, "--at"));
    else if (axis > 0)
      label = parse_schedule(text).to_string();
  } catch (const InputError&) {
    return std::nullopt;
  }
  return std::ranges::count(labels, label) > 0 ? std::optional(label) : std::nullopt;
}

/// Reads "beta2=0.99,schedule=wsd:cooldown=0.2,shape=linear". Since labels have commas, a value is
/// the longest text that is a label of its axis. Throws InputError for an axis or a value that the
/// result lacks.
std::vector<Selection> selections(const Result& result, const std::string& path,
                                  std::string_view at) {
  std::vector<std::string_view> names = {"optimizer"};
  for (const ResultAxis& axis : result.axes) names.push_back(axis.name);
  std::vector<Selection> all;
  while (!at.empty()) {
    const auto equals = at.find('=');
    const auto name = at.substr(0, equals);
    const auto found = std::ranges::find(names, name);
    if (equals == at.npos || found == names.end())
      throw InputError(fmt::format("--at {}: expected AXIS=VALUE with an axis of {}: {}{}",
                                   printable(at), path, fmt::join(names, ", "),
                                   did_you_mean(name, names)));
    const auto axis = static_cast<std::size_t>(found - names.begin());
    const auto rest = at.substr(equals + 1);
    std::size_t end = rest.size();
    auto label = label_of(result, axis, rest);
    while (!label) {
      end = end == 0 ? rest.npos : rest.rfind(',', end - 1);
      if (end == rest.npos)
        throw InputError(
            fmt::format("--at {}: {} of {} has the values {}", printable(at), name, path,
                        printable(fmt::format("{}", fmt::join(labels_of(result, axis), ", ")))));
      label = label_of(result, axis, rest.substr(0, end));
    }
    all.push_back({axis, *label});
    at = rest.substr(std::min(end + 1, rest.size()));
  }
  return all;
}

bool is_selected(const Result& result, std::size_t configuration,
                 const std::vector<Selection>& selections) {
  const auto place = result.place_of(configuration);
  return std::ranges::all_of(selections, [&](const Selection& one) {
    return labels_of(result, one.axis)[place[one.axis]] == one.label;
  });
}

Shown shown(const Result& result, std::size_t configuration, const std::string& path) {
  Shown shown;
  shown.map = mean_over_seeds(result, configuration);
  shown.heatmap = {fmt::format("{}  {}", path, result.label_of(configuration)),
                   shown.map.learning_rates, shown.map.weight_decays, shown.map.loss};
  shown.runs = result.run_count() / result.configuration_count();
  for (std::size_t run = configuration * shown.runs; run < (configuration + 1) * shown.runs;
       ++run) {
    if (result.status[run] == RunStatus::diverged) ++shown.diverged;
    if (result.status[run] == RunStatus::not_run) ++shown.not_run;
  }
  return shown;
}

/// "3 seeds", or "1 to 3 of 3 seeds" for an incomplete result
std::string seeds_text(const LossMap& map, std::size_t seeds) {
  std::size_t least = seeds;
  std::size_t most = 0;
  for (const std::size_t count : map.seeds) {
    if (count == 0) continue;
    least = std::min(least, count);
    most = std::max(most, count);
  }
  std::string text = least < most   ? fmt::format("{} to {} of ", least, most)
                     : most < seeds ? fmt::format("{} of ", most)
                                    : "";
  return text + fmt::format("{} seed{}", seeds, seeds == 1 ? "" : "s");
}

void print_summary(const Shown& shown, std::size_t seeds, const std::optional<Ridge>& ridge) {
  if (const auto best = best_cell(shown.map))
    fmt::print("best validation loss {} at lr {} wd {}, mean of {}\n", for_people(best->loss),
               for_people(shown.map.learning_rates[best->learning_rate]),
               for_people(shown.map.weight_decays[best->weight_decay]),
               seeds_text(shown.map, seeds));
  if (ridge)
    fmt::print("log-log slope of the best wd against lr: {:.2f} (lr {} to {}, {} points)\n",
               ridge->slope, for_people(ridge->lowest_learning_rate),
               for_people(ridge->highest_learning_rate), ridge->points);
  const auto number = [](std::size_t count) { return grouped(static_cast<std::int64_t>(count)); };
  if (shown.not_run > 0)
    fmt::print("{} of {} runs done, {} of them diverged\n", number(shown.runs - shown.not_run),
               number(shown.runs), number(shown.diverged));
  else
    fmt::print("{} of {} runs diverged\n", number(shown.diverged), number(shown.runs));
}

void show(const ShowOptions& options) {
  std::vector<double> range;
  if (!options.slope_range.empty()) {
    const auto ends = split(options.slope_range, ':');
    if (ends.size() == 2)
      for (const auto end : ends) range.push_back(parse_number(end, "--slope-range"));
    if (range.size() != 2 || !(range[0] < range[1]))
      throw InputError(
          fmt::format("--slope-range must be of the form low:high, not '{}'", options.slope_range));
  }
  std::vector<Shown> all;
  std::vector<std::size_t> seeds;
  for (const auto& path : options.paths) {
    const Result result = read_result(path);
    const auto selected = selections(result, path, options.at);
    for (std::size_t k = 0; k < result.configuration_count(); ++k) {
      if (!is_selected(result, k, selected)) continue;
      all.push_back(shown(result, k, path));
      seeds.push_back(result.seeds.size());
    }
  }
  std::vector<Heatmap> heatmaps;
  for (const auto& one : all) heatmaps.push_back(one.heatmap);
  const ColorScale scale = color_scale(heatmaps);
  const TerminalStyle style = terminal_style(STDOUT_FILENO);
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (k > 0) fmt::print("\n");
    fmt::print("{}", render(heatmaps[k], scale, style));
    print_summary(
        all[k], seeds[k],
        range.empty() ? fit_ridge(all[k].map) : fit_ridge(all[k].map, range[0], range[1]));
  }
}

}  // namespace

Command show_command(const std::string& /*command_line*/) {
  Command command("show", "Draw results of sweeps as heatmaps in the terminal");
  command.description =
      "Every map shows the mean validation loss over the seeds, and all maps share one colour "
      "scale, on which bright is best. "
      "Below each map are its best cell, the slope of the best weight decay over the learning "
      "rate, and "
      "the number of diverged runs. An unfinished result is drawn as far as it has run; cells that "
      "have not run are blank.";
  command.examples = {{"lrscape show map.zarr", "All optimizers of a result."},
                      {"lrscape show pt.zarr lh.zarr --slope-range 1e-3:1e-1",
                       "Two results, with slopes fitted over two decades of learning rates."}};
  const auto options = std::make_shared<ShowOptions>();
  Option& results =
      command.add_list("results", "RESULT", options->paths, "folders written by lrscape sweep");
  results.required = true;
  results.completion = Completion::folders;
  command.add_value(
      "--slope-range", "LOW:HIGH", options->slope_range,
      "fit the slope over these learning rates [those with an optimum inside the map]");
  command.add_value("--at", "AXIS=VALUE,...", options->at,
                    "draw only the maps with these values, such as beta2=0.99,batch_size=32");
  add_config_option(command, options->config);
  command.run = [options] { show(*options); };
  return command;
}

}  // namespace lrscape::cli
