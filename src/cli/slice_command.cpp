#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/curve_plot.hpp"
#include "cli/map_selection.hpp"
#include "cli/panels.hpp"
#include "cli/sweep_options.hpp"
#include "lrscape/axis.hpp"
#include "lrscape/error.hpp"
#include "report/answers.hpp"
#include "report/slice_answers.hpp"

namespace lrscape::cli {
namespace {

struct SliceOptions {
  MapOptions maps;
  std::string weight_decays;
  std::string products;
  std::string within = "2%";
  bool json = false;
  std::string config;
};

std::string_view name_of(Strategy strategy) {
  return strategy == Strategy::weight_decay ? "weight_decay" : "product";
}

/// Reads "2%" or "0.02".
double parse_share(std::string_view typed) {
  std::string_view text = typed;
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  const double share = parse_number(text, "--within") / (percent ? 100 : 1);
  if (!(share > 0 && share < 1))
    throw InputError(
        fmt::format("--within must be above 0 and below 100%, as in 2% or 0.02, not '{}'", typed));
  return share;
}

/// Both strategies through the best cell, unless weight decays or products are given.
std::vector<NamedSlice> slices_of(const SliceOptions& options, const std::vector<ChosenMap>& maps) {
  const double within = parse_share(options.within);
  const auto values = [](const std::string& text, std::string_view option) {
    return text.empty() ? std::vector<double>() : parse_axis(text, option, Spacing::logarithmic);
  };
  const std::vector<double> held = values(options.weight_decays, "--wd");
  const std::vector<double> products = values(options.products, "--product");
  std::vector<NamedSlice> all;
  for (const ChosenMap& one : maps) {
    const auto add = [&](Strategy strategy, double value) {
      Slice slice = lrscape::slice(one.map, strategy, value, within);
      if (slice.points.empty())
        throw InputError(fmt::format("{}: {} {}", one.path,
                                     strategy == Strategy::weight_decay ? "--wd" : "--product",
                                     why_no_points(one.map, strategy, value)));
      all.push_back({&one, std::move(slice)});
    };
    for (const double decay : held) add(Strategy::weight_decay, decay);
    for (const double product : products) add(Strategy::product, product);
    if (!held.empty() || !products.empty()) continue;
    const auto best = best_cell(one.map);
    if (!best) throw InputError(fmt::format("{}: no run has a finite loss", one.title()));
    const double rate = one.map.learning_rates()[best->learning_rate];
    const double decay = one.map.weight_decays()[best->weight_decay];
    add(Strategy::weight_decay, decay);
    if (decay > 0) add(Strategy::product, rate * decay);
  }
  return all;
}

std::string title_of(const NamedSlice& named) {
  return fmt::format("{}, {} {}", named.chosen->title(),
                     named.slice.strategy == Strategy::product ? "lr x wd" : "wd",
                     for_people(named.slice.held));
}

std::string slice_json(const NamedSlice& named) {
  const Slice& slice = named.slice;
  std::string points;
  for (const SlicePoint& point : slice.points)
    points += fmt::format(
        "{}{{\"learning_rate\": {}, \"weight_decay\": {}, \"loss\": {}, \"standard_error\": {}, "
        "\"interpolated\": {}}}",
        points.empty() ? "" : ", ", json_number(point.learning_rate),
        json_number(point.weight_decay), json_number(point.loss.value),
        json_number(point.loss.standard_error), point.interpolated);
  std::string ranges;
  for (const RateRange& range : slice.ranges)
    ranges += fmt::format("{}[{}, {}]", ranges.empty() ? "" : ", ", json_number(range.low),
                          json_number(range.high));
  const std::string width =
      slice.decades ? "{" + interval_members_json(*slice.decades) + "}" : "null";
  return fmt::format(
      "{{{}, \"kind\": \"{}\", \"held\": {}, "
      "\"within\": {}, \"expected_loss\": {}, \"width_decades\": {}, \"low\": {}, \"high\": {}, "
      "\"ranges\": [{}], \"opens\": [{}], "
      "\"points\": [{}]}}",
      identity_json(*named.chosen), name_of(slice.strategy), json_number(slice.held),
      json_number(slice.within), slice.expected_best ? json_number(*slice.expected_best) : "null",
      width, slice.decades ? json_number(slice.ranges.front().low) : "null",
      slice.decades ? json_number(slice.ranges.back().high) : "null", ranges,
      fmt::format("{}{}{}", slice.decades && slice.opens_low ? "\"low\"" : "",
                  slice.decades && slice.opens_low && slice.opens_high ? ", " : "",
                  slice.decades && slice.opens_high ? "\"high\"" : ""),
      points);
}

void slice_maps(const SliceOptions& options) {
  const std::vector<ChosenMap> maps = choose_maps(options.maps);
  const std::vector<NamedSlice> slices = slices_of(options, maps);
  if (options.json) {
    fmt::print("{{\"slices\": [");
    for (std::size_t k = 0; k < slices.size(); ++k)
      fmt::print("{}{}", k > 0 ? ",\n  " : "\n  ", slice_json(slices[k]));
    fmt::print("\n]}}\n");
    return;
  }
  const TerminalStyle style = terminal_style(STDOUT_FILENO);
  fmt::print("{}",
             side_by_side(slices.size(), style, [&](std::size_t k, const TerminalStyle& panel) {
               Curve curve = {title_of(slices[k]), "learning rate", {}, {}};
               for (const SlicePoint& point : slices[k].slice.points) {
                 curve.x.push_back(point.learning_rate);
                 curve.loss.push_back(point.loss);
               }
               std::string text = render(curve, panel);
               for (const std::string& answer : slice_answers(slices[k], style.unicode))
                 for (const std::string& line : wrap(answer, panel.columns)) text += line + "\n";
               return text;
             }));
}

}  // namespace

Command slice_command(const std::string& /*command_line*/) {
  Command command("slice", "Show the loss at a fixed weight decay, or at a fixed product lr x wd");
  command.description =
      "There are two ways to tune a learning rate: at a fixed weight decay (--wd), or at a fixed "
      "product of learning rate and weight decay (--product). slice draws the loss with its "
      "standard error. It also prints the width: how many decades of learning rate have a loss "
      "within 2 % of the expected best loss of the slice (lrscape help answers), with a 95 % "
      "interval. Without --wd and --product, both slices go through the best cell.";
  command.examples = {
      {"lrscape slice pt.zarr", "Both strategies through the best cell."},
      {"lrscape slice pt.zarr --product 1e-3,3e-3,1e-2 --within 5%", "Three products."},
      {"lrscape slice pt.zarr --wd 0.01 --json", "The points and the width for a script."}};
  const auto options = std::make_shared<SliceOptions>();
  add_results(command, options->maps);
  add_map_options(command, options->maps);
  command.add_value("--wd", "VALUES", options->weight_decays,
                    "weight decays (lrscape help ranges); values between two of the map are "
                    "interpolated");
  command.add_value("--product", "VALUES", options->products,
                    "products of learning rate and weight decay (lrscape help ranges)");
  command.add_value("--within", "SHARE", options->within,
                    "how far above the expected best loss the width reaches: 2% or 0.02");
  command.add_flag("--json", options->json, "print JSON");
  add_config_option(command, options->config);
  command.run = [options] { slice_maps(*options); };
  return command;
}

}  // namespace lrscape::cli
