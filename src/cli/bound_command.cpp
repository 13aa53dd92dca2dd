#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/memory.hpp"
#include "base/text.hpp"
#include "cli/axis.hpp"
#include "cli/commands.hpp"
#include "cli/messages.hpp"
#include "cli/progress.hpp"
#include "cli/rules.hpp"
#include "cli/schedule_axis.hpp"
#include "cli/stop_signals.hpp"
#include "cli/sweep_options.hpp"
#include "cli/terminal.hpp"
#include "cli/values_from_files.hpp"
#include "lrscape/bound/bound_result.hpp"
#include "lrscape/bound/closed_forms.hpp"
#include "lrscape/bound/terms.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

/// Shamir and Zhang's bound is a closed form. It accepts the same sweeps as Orabona's bound.
enum class Formula { last, average, orabona, shamir_zhang };

struct BoundOptions {
  std::vector<std::string> schedules;
  std::string steps, at, gamma;
  std::optional<std::int64_t> steps_per_epoch;
  std::string gradient_norms = "1";
  double distance = 1;
  bool anytime = false;
  bound::Method method = bound::Method::automatic;
  Formula formula = Formula::last;
  bool terms = false;
  bool json = false;
  std::string out;
  bool quiet = false;
  DeviceOptions backend;
  std::string config;
};

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

BoundSweep make_sweep(const BoundOptions& options) {
  BoundSweep sweep;
  for (const auto& text : options.schedules)
    for (auto& schedule : parse_schedules(text))
      sweep.schedules.push_back(with_values(std::move(schedule)));
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
  sweep.norms = with_values(parse_gradient_norms(options.gradient_norms));
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

/// One row of the answer.
struct Row {
  const ScheduleSpec& schedule;
  std::int64_t steps, horizon;
  double gamma, omega, gamma_opt, omega_opt;
  std::optional<bound::Terms> terms;
};

/// The rows to print. The constructor checks all of them before the first one is printed.
class Answer {
 public:
  /// Throws InputError if a number of a row is outside the range of a double.
  Answer(const BoundOptions& options, const BoundSweep& sweep, const BoundTable& table,
         const std::vector<double>& gammas)
      : options_(options), sweep_(sweep), table_(table), gammas_(gammas) {
    std::vector<double> norms;
    std::vector<double> eta;
    if (options.terms) norms = evaluate(sweep.norms, std::ranges::max(sweep.steps));
    for (std::size_t row = 0; row < table.sums.size(); ++row) try {
        visit(row, [&](const Row& one) {
          if (!options.terms) return;
          if (row % table.horizons == 0)
            eta = evaluate(one.schedule, one.steps, sweep.steps_per_epoch);
          terms_.push_back(bound::terms(eta, norms, one.horizon, sweep.distance, one.gamma));
        });
      } catch (const InputError& error) {
        throw InputError(fmt::format("{}: {}", row_name(sweep, row), error.what()), error.remedy());
      }
  }

  /// Calls `use` with the row of every schedule, number of steps, horizon and gamma.
  template <class Use>
  void for_each_row(Use use) const {
    auto terms = terms_.begin();
    for (std::size_t row = 0; row < table_.sums.size(); ++row)
      visit(row, [&](Row one) {
        if (options_.terms) one.terms = *terms++;
        use(one);
      });
  }

 private:
  template <class Use>
  void visit(std::size_t row, Use use) const {
    const std::size_t column = row % table_.horizons;
    const std::size_t step = row / table_.horizons % table_.steps;
    const std::int64_t t = horizon_of(sweep_, step, column);
    if (t == 0) return;
    const auto& schedule = sweep_.schedules[row / table_.horizons / table_.steps];
    const std::int64_t steps = sweep_.steps[step];
    const auto& sums = table_.sums[row];
    const bool closed_form = options_.formula == Formula::shamir_zhang;
    const double norm = sweep_.norms.b;
    const double gamma = closed_form ? bound::shamir_zhang_gamma(sweep_.distance, norm)
                                     : bound::optimal_gamma(sums, sweep_.distance);
    const double omega = closed_form ? bound::shamir_zhang(t, sweep_.distance, norm)
                                     : bound::optimal_omega(sums, sweep_.distance);
    if (gammas_.empty()) use(Row{schedule, steps, t, gamma, omega, gamma, omega, {}});
    for (const double given : gammas_)
      use(Row{
          schedule, steps, t, given, bound::omega(sums, sweep_.distance, given), gamma, omega, {}});
  }

  const BoundOptions& options_;
  const BoundSweep& sweep_;
  const BoundTable& table_;
  const std::vector<double>& gammas_;
  std::vector<bound::Terms> terms_;
};

/// If any schedule of the sweep has a warmup, all rows print one; likewise for the final value.
std::string parameters_json(const ScheduleSpec& schedule, bool all_have_warmup,
                            bool all_have_final) {
  std::vector<std::string> entries;
  for (const auto& [name, text, value] : schedule.named_values()) {
    const bool is_number = !std::isnan(value);
    const nlohmann::json quoted(text);
    entries.push_back(fmt::format(
        "\"{}\": {}", name,
        is_number ? text : quoted.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
  }
  if (all_have_warmup && schedule.warmup == 0) entries.emplace_back("\"warmup\": 0");
  if (all_have_final && schedule.final_value == 0) entries.emplace_back("\"final\": 0");
  return fmt::format("{{{}}}", fmt::join(entries, ", "));
}

void print_json(const BoundSweep& sweep, const Answer& answer) {
  const auto& all = sweep.schedules;
  const bool warmups = std::ranges::any_of(all, [](const auto& s) { return s.warmup > 0; });
  const bool finals = std::ranges::any_of(all, [](const auto& s) { return s.final_value > 0; });
  std::string_view separator = "";
  fmt::print("{{\"rows\": [");
  answer.for_each_row([&](const Row& row) {
    fmt::print(
        "{}\n{{\"schedule\": \"{}\", \"parameters\": {}, \"steps\": {}, \"t\": {}, \"gamma\": {}, "
        "\"omega\": {}, \"gamma_opt\": {}, \"omega_opt\": {}",
        separator, row.schedule.name, parameters_json(row.schedule, warmups, finals), row.steps,
        row.horizon, json_number(row.gamma), json_number(row.omega), json_number(row.gamma_opt),
        json_number(row.omega_opt));
    if (row.terms)
      fmt::print(", \"terms\": {{\"distance\": {}, \"average\": {}, \"last\": {}}}",
                 json_number(row.terms->distance), json_number(row.terms->average),
                 json_number(row.terms->last));
    fmt::print("}}");
    separator = ",";
  });
  fmt::print("\n]}}\n");
}

void print_table(const BoundOptions& options, const BoundSweep& sweep, const Answer& answer) {
  std::size_t width = std::string_view("schedule").size();
  for (const auto& schedule : sweep.schedules) width = std::max(width, schedule.to_string().size());
  fmt::print(
      "{:<{}} {:>9} {:>9} {:>12} {:>12} {:>12} {:>12}{}\n", "schedule", width, "steps", "t",
      "gamma", "omega", "gamma_opt", "omega_opt",
      options.terms ? fmt::format(" {:>12} {:>12} {:>12}", "distance", "average", "last") : "");
  answer.for_each_row([&](const Row& row) {
    fmt::print("{:<{}} {:>9} {:>9} {:>12.6g} {:>12.6g} {:>12.6g} {:>12.6g}",
               row.schedule.to_string(), width, row.steps, row.horizon, row.gamma, row.omega,
               row.gamma_opt, row.omega_opt);
    if (row.terms)
      fmt::print(" {:>12.6g} {:>12.6g} {:>12.6g}", row.terms->distance, row.terms->average,
                 row.terms->last);
    fmt::print("\n");
  });
}

void evaluate_bounds(const BoundOptions& options, const std::string& command_line) {
  const BoundSweep sweep = make_sweep(options);
  std::vector<double> gammas;
  if (!options.gamma.empty()) gammas = parse_axis(options.gamma, "--gamma", Spacing::logarithmic);
  if (!gammas.empty() && gammas.front() <= 0)
    throw InputError(fmt::format("--gamma: {} is not above 0", to_text(gammas.front())));
  if (options.terms && options.formula != Formula::last)
    throw InputError("--terms applies only to the bound of the last iterate; omit --formula");
  if (options.terms && !options.out.empty())
    throw InputError("--terms works only with --json or printed tables; omit --out");
  if (options.formula == Formula::shamir_zhang && !(gammas.empty() && options.out.empty()))
    throw InputError(
        "Shamir and Zhang's bound is a single number at gamma = D / G; omit --gamma and --out");

  if (!options.out.empty()) {
    const double bounds = static_cast<double>(sweep.schedules.size() * sweep.steps.size()) *
                          static_cast<double>(horizon_columns(sweep));
    check_memory(fmt::format("{:.0f} bounds at {} gammas", bounds, gammas.size()),
                 bounds * static_cast<double>(gammas.size()) * 3 * sizeof(double));
  }
  std::optional<StopSignals> signals(std::in_place);
  std::optional<Progress> progress;
  Watch watch = {{}, &StopSignals::requested()};
  if (!options.quiet)
    watch.progress = [&](std::size_t done, std::size_t total) {
      if (!progress) emplace_on_stderr(progress, static_cast<std::int64_t>(total), "bounds");
      progress->update(static_cast<std::int64_t>(done));
    };
  const double begin = seconds_now();
  BoundTable table;
  std::optional<Answer> answer;
  try {
    table = evaluate(sweep, options.backend, watch);
    const double took = seconds_now() - begin;
    if (progress) progress->finish();
    // Check the answer before anything is written.
    if (options.json || options.out.empty()) answer.emplace(options, sweep, table, gammas);
    if (watch.stopped()) throw InterruptedError("interrupted");
    if (!options.out.empty()) {
      write_bounds(options.out, sweep, table, gammas, {table.device, "", command_line}, watch);
      if (!options.quiet)
        say(fmt::format("{} bounds in {:.3f} s, written to {}",
                        grouped(static_cast<std::int64_t>(table.sums.size())), took, options.out));
    }
  } catch (const InterruptedError& error) {
    throw InterruptedError(
        fmt::format("{}; nothing was written; rerun the command to start over", error.what()));
  }
  signals.reset();  // From here on, a signal ends the program at once, even in mid-output.
  if (answer) options.json ? print_json(sweep, *answer) : print_table(options, sweep, *answer);
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
  command.add_flag("--json", options.json, "print JSON");
  command.add_value("--out", "FOLDER", options.out, "write the result to a Zarr group").completion =
      Completion::folders;
  command.add_flag("--quiet", options.quiet, "print no progress and no summary");
  add_device_options(command, options.backend, "the first GPU");
  add_config_option(command, options.config);
}

}  // namespace

Command bound_command(const std::string& command_line) {
  Command command(
      "bound",
      "Evaluate the suboptimality bound of SGD's last iterate for learning-rate schedules");
  command.usage = "--schedule SCHEDULE --steps VALUES";
  command.description =
      "The bound is Theorem 1 of Schaipp et al. (ICML 2025), an upper bound for convex, possibly "
      "nonsmooth problems; nothing is trained. "
      "gamma_opt and omega_opt are the best base learning rate and its bound, in closed form.";
  command.examples = {
      {"lrscape bound --schedule wsd:cooldown=0.05:0.95:19 --schedule cosine --steps 4000,8000",
       "Twenty schedules at two lengths."},
      {"lrscape bound --schedule linear --steps 4000 --gamma 1e-3:1:50 --json",
       "The bound over the base learning rate."},
      {"lrscape bound --schedule sqrt --steps 1000000 --anytime --out sqrt.zarr",
       "The bound at every horizon t = 1 .. T."}};
  const auto options = std::make_shared<BoundOptions>();
  add_bound_options(command, *options);
  command.run = [options, command_line] { evaluate_bounds(*options, command_line); };
  return command;
}

}  // namespace lrscape::cli
