#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/remedies.hpp"
#include "cli/values_from_files.hpp"
#include "lrscape/backend.hpp"
#include "lrscape/bound/extension.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

constexpr std::int64_t unset = -1;

struct ExtendOptions {
  std::string schedule = "constant";
  std::int64_t stage = 100;
  std::int64_t stages = 100;
  std::string by = "factor";
  std::string gradient_norms = "1";
  double distance = 1;
  std::int64_t fit_above = unset;
  bool json = false;
  int threads = 0;
  std::string config;
};

struct NamedFit {
  std::string_view form;
  Fit fit;
};

/// Of the ratio to linear decay, at the stages that end above `fit_above`.
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
  fmt::print("\n], \"ended\": {}}}\n", ended.empty() ? "null" : nlohmann::json(ended).dump());
}

void print_table(const Extended& extended, const std::vector<NamedFit>& fits, bool cooldowns,
                 Extension::By by) {
  const bool rounded = by == Extension::By::cooldown;
  fmt::print("gamma {:.6g}, the best base learning rate of {}\n\n", extended.gamma,
             rounded
                 ? "stage 1; gamma_opt, that of each stage, is as near as whole steps of cooldown "
                   "bring it"
                 : "every stage");
  fmt::print("{:>9} {:>9} {:>12} {:>13} {:>12} {:>12} {:>9}{}{}\n", "start", "end", "factor",
             "learning_rate", "omega", "linear", "ratio", cooldowns ? "  cooldown" : "",
             rounded ? "    gamma_opt" : "");
  for (const auto& s : extended.stages) {
    fmt::print("{:>9} {:>9} {:>12.6g} {:>13.6g} {:>12.6g} {:>12.6g} {:>9.5f}", s.start, s.end,
               s.factor, s.learning_rate, s.omega, s.omega_linear, s.omega / s.omega_linear);
    if (cooldowns) fmt::print(" {:>9.4f}", s.cooldown);
    if (rounded) fmt::print(" {:>12.6g}", s.gamma_opt);
    fmt::print("\n");
  }
  if (!fits.empty()) fmt::print("\n");
  for (const auto& [form, fit] : fits)
    fmt::print("ratio = {:<14} a {:.5g}, b {:.5g}, c {:.5g}; mean absolute deviation {:.2g}\n",
               form, fit.a, fit.b, fit.c, fit.mean_absolute_deviation);
}

void extend_command(const ExtendOptions& options) {
  Extension extension;
  extension.schedule = with_values(parse_schedule(options.schedule));
  extension.stage = options.stage;
  extension.stages = options.stages;
  extension.by = static_cast<Extension::By>(one_of("--by", options.by, {"factor", "cooldown"}));
  extension.norms = with_values(parse_gradient_norms(options.gradient_norms));
  extension.distance = options.distance;
  if (options.fit_above < unset)
    throw InputError(fmt::format("--fit-above must be at least 0, not {}", options.fit_above));
  const Extended extended = extend(extension, options.threads);
  constexpr std::int64_t stages_before_fit = 5;
  const auto found = fits(
      extended, options.fit_above >= 0 ? options.fit_above : stages_before_fit * options.stage);
  const bool cooldowns = extension.schedule.name != "constant";
  options.json ? print_json(extended, found, cooldowns)
               : print_table(extended, found, cooldowns, extension.by);
  if (extended.ended.empty()) return;
  std::fflush(stdout);  // The stages, then why there are no more.
  throw InputError(extended.ended, extended.remedy);
}

}  // namespace

Action add_extend_command(CLI::App& application, const std::string& /*command_line*/) {
  auto* command = application.add_subcommand(
      "extend", "Extend a schedule beyond its horizon, stage by stage, at one base learning rate");
  const auto options = std::make_shared<ExtendOptions>();
  add_value(*command, "--schedule", options->schedule, "constant or wsd:... [constant]");
  add_value(*command, "--stage", options->stage, "steps of a stage [100]");
  add_value(*command, "--stages", options->stages, "how many, the first included [100]");
  add_value(*command, "--by", options->by,
            "what keeps the learning rate the best: factor, on new steps, or cooldown, a longer "
            "one, as near as whole steps bring it; stages overlap where one leaves the cooldown "
            "of the other [factor]");
  add_value(*command, "--grad-norms", options->gradient_norms, "as in lrscape bound [1]");
  add_value(*command, "--distance", options->distance, "D, from the start to the solution [1]");
  add_value(*command, "--fit-above", options->fit_above,
            "fit the ratio to linear decay at horizons above this [5 stages]");
  command->add_flag("--json", options->json, "as JSON");
  add_value(*command, "--threads", options->threads, "CPU threads; 0 takes all cores [0]");
  add_value(*command, "--config", options->config,
            "TOML file with options by name; the command line wins");
  return [options] { extend_command(*options); };
}

}  // namespace lrscape::cli
