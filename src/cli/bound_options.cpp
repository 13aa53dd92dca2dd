#include "cli/bound_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "cli/rules.hpp"
#include "cli/sweep_options.hpp"
#include "cli/values_from_files.hpp"
#include "lrscape/axis.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

std::vector<std::int64_t> parse_steps(std::string_view text, std::string_view option) {
  std::vector<std::int64_t> steps;
  for (const double value : parse_axis(text, option, Spacing::linear)) {
    const double whole = std::round(value);
    // If the text has a range, values are rounded; otherwise they must be whole numbers.
    const bool range = text.find(':') != std::string_view::npos;
    if (!(whole >= 1 && whole <= 0x1p53) || (!range && whole != value))
      throw InputError(fmt::format("{}: {} is not a whole number >= 1", option, to_text(value)));
    const auto step = static_cast<std::int64_t>(whole);
    if (steps.empty() || steps.back() != step) steps.push_back(step);
  }
  return steps;
}

}  // namespace

BoundSweep make_sweep(const BoundOptions& options, std::vector<io::Note>& notes) {
  BoundSweep sweep;
  for (const auto& text : options.schedules)
    for (auto& schedule : parse_schedules(text))
      sweep.schedules.push_back(with_values(std::move(schedule), notes));
  if (sweep.schedules.empty())
    throw InputError("no --schedule given, such as --schedule wsd:cooldown=0.2");
  if (!options.steps.empty()) {
    sweep.steps = parse_steps(options.steps, "--steps");
  } else {
    // The length of a schedule's file is its number of steps.
    const auto length = [](const ScheduleSpec& schedule) {
      return schedule.file.empty() ? std::size_t{0} : schedule.lists[0].size();
    };
    const std::size_t steps = length(sweep.schedules.front());
    for (const auto& schedule : sweep.schedules)
      if (steps == 0 || length(schedule) != steps)
        throw InputError("no --steps given; set the number of steps of the schedules");
    sweep.steps = {static_cast<std::int64_t>(steps)};
  }
  if (!options.at.empty()) sweep.horizons = parse_steps(options.at, "--at");
  sweep.anytime = options.anytime;
  sweep.steps_per_epoch = options.steps_per_epoch.value_or(0);
  sweep.norms = with_values(parse_gradient_norms(options.gradient_norms), notes);
  sweep.distance = options.distance;
  sweep.method = options.method;
  switch (options.formula) {
    case Formula::last:
      sweep.formula = BoundSweep::Formula::last_iterate;
      break;
    case Formula::average:
      sweep.formula = BoundSweep::Formula::average_iterate;
      break;
    case Formula::orabona:
    case Formula::shamir_zhang:
      sweep.formula = BoundSweep::Formula::orabona;
  }
  return sweep;
}

void add_bound_options(Command& command, BoundOptions& options) {
  command
      .add_list("--schedule", "SCHEDULE", options.schedules,
                "NAME or NAME:PARAMETER=VALUES,..., with numbers and ranges lo:hi:count "
                "(lrscape help schedules)")
      .candidates = schedule_candidates;
  command.add_value(
      "--steps", "VALUES", options.steps,
      "schedule lengths T; the default for a schedule from a file is its number of values");
  command.add_value("--at", "VALUES", options.at,
                    "horizons t <= T: the bound if training stops after t of the T steps [T]");
  command.add_flag("--anytime", options.anytime, "every horizon t = 1 .. T");
  command.add_value("--gamma", "VALUES", options.gamma,
                    "base learning rates: numbers and logarithmic ranges lo:hi:count [gamma_opt]");
  command.add_value("--grad-norms", "NORMS", options.gradient_norms,
                    "gradient norms G_t: a number, law:G1=..,A1=..,G2=..,A2=..,B=.. for "
                    "G1 exp(A1 t) + G2 t^A2 + B, or a file with one value per step");
  command.add_value("--steps-per-epoch", "N", options.steps_per_epoch,
                    "steps per epoch, for the schedule sqrt-epoch");
  command.add_value("--distance", "NUMBER", options.distance,
                    "D, the distance from the start to a minimiser");
  command.add_choice("--method", options.method,
                     {{"auto", bound::Method::automatic},
                      {"direct", bound::Method::direct},
                      {"fmm", bound::Method::multipole}},
                     "direct takes O(t) per horizon t; fmm, the fast multipole method, O(T) for "
                     "all horizons together");
  command.add_choice(
      "--formula", options.formula,
      {{"last", Formula::last},
       {"average", Formula::average},
       {"orabona", Formula::orabona},
       {"shamir-zhang", Formula::shamir_zhang}},
      "the bound of the last iterate or of the average; orabona and shamir-zhang are "
      "published bounds for the schedule sqrt");
  command.add_flag("--terms", options.terms,
                   "also print the three terms of the theorem, which takes O(t) per bound");
  command.add_choice("--sort", options.sort,
                     {{"none", SortKey::none},
                      {"omega", SortKey::omega},
                      {"omega-opt", SortKey::omega_opt},
                      {"gamma-opt", SortKey::gamma_opt}},
                     "sort the rows by this number, smallest first");
  command.add_value("--best", "N", options.best, "only the N rows with the smallest omega");
  command.add_flag("--json", options.json, "print JSON");
  command.add_flag("--csv", options.csv, "print CSV");
  command.add_value("--out", "FOLDER", options.out, "write the result to a Zarr group").completion =
      Completion::folders;
  command.add_flag("--quiet", options.quiet, "print no progress, notes or summary");
  add_device_options(command, options.backend, "the first GPU");
  add_config_option(command, options.config);
}

}  // namespace lrscape::cli
