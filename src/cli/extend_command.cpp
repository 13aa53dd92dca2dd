#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/remedies.hpp"
#include "cli/sweep_options.hpp"
#include "cli/values_from_files.hpp"
#include "lrscape/backend.hpp"
#include "lrscape/bound/extension.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

struct ExtendOptions {
  std::string schedule = "constant";
  std::int64_t stage = 100;
  std::int64_t stages = 100;
  Extension::By by = Extension::By::factor;
  std::string gradient_norms = "1";
  double distance = 1;
  std::optional<std::int64_t> fit_above;
  bool json = false;
  int threads = 0;
  std::string config;
};

struct NamedFit {
  std::string_view form;
  Fit fit;
};

/// Fits the ratio to linear decay over the stages that end above `fit_above`.
std::vector<NamedFit> fits(const Extended& extended, std::int64_t fit_above) {
  std::vector<double> steps;
  std::vector<double> ratios;
  for (const auto& stage : extended.stages) {
    if (stage.end <= fit_above) continue;
    steps.push_back(static_cast<double>(stage.end));
    ratios.push_back(stage.omega / stage.omega_linear);
  }
  constexpr std::size_t fewest_points = 3;
  if (steps.size() < fewest_points) return {};
  return {{"a + b T^c", fit_power(steps, ratios)}, {"a + b ln(T)^c", fit_logarithm(steps, ratios)}};
}

void print_json(const Extended& extended, const std::vector<NamedFit>& fits, bool cooldowns) {
  fmt::print("{{\"gamma\": {}, \"stages\": [", json_number(extended.gamma));
  std::string_view separator = "";
  for (const auto& s : extended.stages) {
    fmt::print(
        "{}\n{{\"start\": {}, \"end\": {}, \"factor\": {}, \"learning_rate\": {}, \"omega\": {}, "
        "\"omega_linear\": {}, \"ratio\": {}, \"gamma_opt\": {}",
        separator, s.start, s.end, json_number(s.factor), json_number(s.learning_rate),
        json_number(s.omega), json_number(s.omega_linear), json_number(s.omega / s.omega_linear),
        json_number(s.gamma_opt));
    if (cooldowns) fmt::print(", \"cooldown\": {}", json_number(s.cooldown));
    fmt::print("}}");
    separator = ",";
  }
  fmt::print("\n], \"fits\": [");
  separator = "";
  for (const auto& [form, fit] : fits) {
    fmt::print(
        "{}\n{{\"form\": \"{}\", \"a\": {}, \"b\": {}, \"c\": {}, \"mean_absolute_deviation\": "
        "{}}}",
        separator, form, json_number(fit.a), json_number(fit.b), json_number(fit.c),
        json_number(fit.mean_absolute_deviation));
    separator = ",";
  }
  const auto ended = with_remedy(extended.ended, extended.remedy);
  fmt::print("\n], \"ended\": {}}}\n", ended.empty() ? "null" : json_string(ended));
}

void print_table(const Extended& extended, const std::vector<NamedFit>& fits, bool cooldowns,
                 Extension::By by) {
  const bool rounded = by == Extension::By::cooldown;
  fmt::print("gamma {:.6g}, the best base learning rate of {}\n\n", extended.gamma,
             rounded ? "stage 1; gamma_opt is the optimum of each stage, as close as whole steps "
                       "of cooldown allow"
                     : "every stage");
  fmt::print("{:>9} {:>9} {:>12} {:>13} {:>12} {:>12} {:>9}{}{}\n", "start", "end", "factor",
             "learning_rate", "omega", "linear", "ratio", cooldowns ? "  cooldown" : "",
             rounded ? "    gamma_opt" : "");
  for (const auto& s : extended.stages) {
    fmt::print("{:>9} {:>9} {:>12.6g} {:>13.6g} {:>12.6g} {:>12.6g} {:>9.5f}", s.start, s.end,
               s.factor, s.learning_rate, s.omega, s.omega_linear, s.omega / s.omega_linear);
    if (cooldowns) fmt::print(" {:>9}", to_text(s.cooldown));
    if (rounded) fmt::print(" {:>12.6g}", s.gamma_opt);
    fmt::print("\n");
  }
  if (!fits.empty()) fmt::print("\n");
  for (const auto& [form, fit] : fits)
    fmt::print("ratio = {:<14} a {:.5g}, b {:.5g}, c {:.5g}; mean absolute deviation {:.2g}\n",
               form, fit.a, fit.b, fit.c, fit.mean_absolute_deviation);
}

void print_extension(const ExtendOptions& options) {
  Extension extension;
  std::vector<io::Note> notes;
  extension.schedule = with_values(parse_schedule(options.schedule), notes);
  extension.stage = options.stage;
  extension.stages = options.stages;
  extension.by = options.by;
  extension.norms = with_values(parse_gradient_norms(options.gradient_norms), notes);
  say_notes(notes, false);
  extension.distance = options.distance;
  if (options.fit_above.value_or(0) < 0)
    throw InputError(fmt::format("--fit-above must be at least 0, not {}", *options.fit_above));
  const Extended extended = extend(extension, options.threads);
  constexpr std::int64_t stages_before_fit = 5;
  const auto found = fits(extended, options.fit_above.value_or(stages_before_fit * options.stage));
  const bool cooldowns =
      std::ranges::any_of(extended.stages, [](const Stage& stage) { return stage.cooldown > 0; });
  options.json ? print_json(extended, found, cooldowns)
               : print_table(extended, found, cooldowns, extension.by);
  if (extended.ended.empty()) return;
  std::fflush(stdout);  // Print the stages before the error that ended them.
  throw InputError(extended.ended, extended.remedy);
}

}  // namespace

Command extend_command(const std::string& /*command_line*/) {
  Command command(
      "extend", "Extend a schedule beyond its horizon, stage by stage, at one base learning rate");
  command.description =
      "With --by factor, each stage scales its new steps so that the optimal base learning rate "
      "stays that of "
      "stage 1. With --by cooldown, each stage has a longer cooldown instead. A cooldown has a "
      "whole number "
      "of steps, so the optimum, gamma_opt, matches that of stage 1 only approximately. Each stage "
      "branches "
      "off the previous one before the cooldown of that stage, so stages overlap.";
  command.examples = {
      {"lrscape extend --stage 100 --stages 100", "A constant schedule, from 100 steps to 10,000."},
      {"lrscape extend --schedule wsd --by cooldown --stage 100 --stages 3",
       "Longer cooldowns at a constant learning rate."}};
  const auto options = std::make_shared<ExtendOptions>();
  command.add_value("--schedule", "SCHEDULE", options->schedule, "constant or wsd:...").candidates =
      [](std::string_view) {
        return std::vector<Candidate>{{"constant", ""}, {"wsd:", ""}};
      };
  command.add_value("--stage", "N", options->stage, "steps per stage");
  command.add_value("--stages", "N", options->stages, "number of stages, including the first");
  command.add_choice("--by", options->by,
                     {{"factor", Extension::By::factor}, {"cooldown", Extension::By::cooldown}},
                     "what changes from stage to stage");
  command.add_value("--grad-norms", "NORMS", options->gradient_norms, "as in lrscape bound");
  command.add_value("--distance", "NUMBER", options->distance,
                    "D, the distance from the start to a minimiser");
  command.add_value(
      "--fit-above", "N", options->fit_above,
      "fit omega / (bound of linear decay) at horizons above N steps [5 times --stage]");
  command.add_flag("--json", options->json, "print JSON");
  command.add_value("--threads", "N", options->threads, "CPU threads; 0 uses all cores");
  add_config_option(command, options->config);
  command.run = [options] { print_extension(*options); };
  return command;
}

}  // namespace lrscape::cli
