#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/memory.hpp"
#include "base/text.hpp"
#include "cli/bound_options.hpp"
#include "cli/commands.hpp"
#include "cli/messages.hpp"
#include "cli/progress.hpp"
#include "cli/stop_signals.hpp"
#include "cli/terminal.hpp"
#include "cli/values_from_files.hpp"
#include "lrscape/axis.hpp"
#include "lrscape/bound/bound_result.hpp"
#include "lrscape/bound/closed_forms.hpp"
#include "lrscape/bound/terms.hpp"
#include "lrscape/error.hpp"

namespace lrscape::cli {
namespace {

/// One row of the answer.
struct BoundRow {
  const ScheduleSpec* schedule;
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
        visit(row, [&](const BoundRow& one) {
          if (!options.terms) return;
          if (row % table.horizons == 0)
            eta = evaluate(*one.schedule, one.steps, sweep.steps_per_epoch);
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
      visit(row, [&](BoundRow one) {
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
    const auto* const schedule = &sweep_.schedules[row / table_.horizons / table_.steps];
    const std::int64_t steps = sweep_.steps[step];
    const auto& sums = table_.sums[row];
    const bool closed_form = options_.formula == Formula::shamir_zhang;
    const double norm = sweep_.norms.b;
    const double gamma = closed_form ? bound::shamir_zhang_gamma(sweep_.distance, norm)
                                     : bound::optimal_gamma(sums, sweep_.distance);
    const double omega = closed_form ? bound::shamir_zhang(t, sweep_.distance, norm)
                                     : bound::optimal_omega(sums, sweep_.distance);
    if (gammas_.empty()) use(BoundRow{schedule, steps, t, gamma, omega, gamma, omega, {}});
    for (const double given : gammas_)
      use(BoundRow{
          schedule, steps, t, given, bound::omega(sums, sweep_.distance, given), gamma, omega, {}});
  }

  const BoundOptions& options_;
  const BoundSweep& sweep_;
  const BoundTable& table_;
  const std::vector<double>& gammas_;
  std::vector<bound::Terms> terms_;
};

/// Calls `use` with the rows to print, in the order of --sort.
template <class Use>
void for_each_chosen_row(const BoundOptions& options, const Answer& answer, Use use) {
  if (options.sort == SortKey::none && !options.best) return answer.for_each_row(use);
  std::vector<BoundRow> rows;
  const auto sort = [&](double BoundRow::*key) { std::ranges::stable_sort(rows, {}, key); };
  const auto keep_best = [&] {
    sort(&BoundRow::omega);
    if (std::ssize(rows) > *options.best) rows.erase(rows.begin() + *options.best, rows.end());
  };
  // Drops the others from time to time, because there may be more rows than memory.
  constexpr std::int64_t spare = 1 << 16;
  answer.for_each_row([&](const BoundRow& row) {
    rows.push_back(row);
    if (options.best && std::ssize(rows) - *options.best > *options.best + spare) keep_best();
  });
  if (options.best) keep_best();
  switch (options.sort) {
    case SortKey::none:
      break;
    case SortKey::omega:
      sort(&BoundRow::omega);
      break;
    case SortKey::omega_opt:
      sort(&BoundRow::omega_opt);
      break;
    case SortKey::gamma_opt:
      sort(&BoundRow::gamma_opt);
      break;
  }
  for (const BoundRow& row : rows) use(row);
}

/// If any schedule of the sweep has a warmup, all rows print one; likewise for the final value.
std::string parameters_json(const ScheduleSpec& schedule, bool all_have_warmup,
                            bool all_have_final) {
  std::vector<std::string> entries;
  for (const auto& [name, text, value] : schedule.named_values()) {
    const bool is_number = !std::isnan(value);
    entries.push_back(fmt::format("\"{}\": {}", name, is_number ? text : json_string(text)));
  }
  if (all_have_warmup && schedule.envelope.warmup == 0) entries.emplace_back("\"warmup\": 0");
  if (all_have_final && schedule.envelope.final_value == 0) entries.emplace_back("\"final\": 0");
  return fmt::format("{{{}}}", fmt::join(entries, ", "));
}

void print_csv(const BoundOptions& options, const Answer& answer) {
  fmt::print("schedule,steps,t,gamma,omega,gamma_opt,omega_opt{}\n",
             options.terms ? ",distance,average,last" : "");
  for_each_chosen_row(options, answer, [&](const BoundRow& row) {
    fmt::print("{},{},{},{},{},{},{}", csv_field(row.schedule->to_string()), row.steps, row.horizon,
               to_text(row.gamma), to_text(row.omega), to_text(row.gamma_opt),
               to_text(row.omega_opt));
    if (row.terms)
      fmt::print(",{},{},{}", to_text(row.terms->distance), to_text(row.terms->average),
                 to_text(row.terms->last));
    fmt::print("\n");
  });
}

void print_json(const BoundOptions& options, const BoundSweep& sweep, const BoundTable& table,
                const Answer& answer, double seconds) {
  const auto& all = sweep.schedules;
  const bool warmups =
      std::ranges::any_of(all, [](const auto& s) { return s.envelope.warmup > 0; });
  const bool finals =
      std::ranges::any_of(all, [](const auto& s) { return s.envelope.final_value > 0; });
  std::string_view separator = "";
  fmt::print("{{\"rows\": [");
  for_each_chosen_row(options, answer, [&](const BoundRow& row) {
    fmt::print(
        "{}\n{{\"schedule\": \"{}\", \"parameters\": {}, \"steps\": {}, \"t\": {}, \"gamma\": {}, "
        "\"omega\": {}, \"gamma_opt\": {}, \"omega_opt\": {}",
        separator, row.schedule->name, parameters_json(*row.schedule, warmups, finals), row.steps,
        row.horizon, json_number(row.gamma), json_number(row.omega), json_number(row.gamma_opt),
        json_number(row.omega_opt));
    if (row.terms)
      fmt::print(", \"terms\": {{\"distance\": {}, \"average\": {}, \"last\": {}}}",
                 json_number(row.terms->distance), json_number(row.terms->average),
                 json_number(row.terms->last));
    fmt::print("}}");
    separator = ",";
  });
  fmt::print("\n], \"device\": {}, \"bounds\": {}, \"seconds\": {}}}\n", json_string(table.device),
             table.sums.size(), json_number(seconds));
}

void print_table(const BoundOptions& options, const BoundSweep& sweep, const Answer& answer) {
  std::size_t width = std::string_view("schedule").size();
  for (const auto& schedule : sweep.schedules)
    width = std::max(width, printable(schedule.to_string()).size());
  fmt::print(
      "{:<{}} {:>9} {:>9} {:>12} {:>12} {:>12} {:>12}{}\n", "schedule", width, "steps", "t",
      "gamma", "omega", "gamma_opt", "omega_opt",
      options.terms ? fmt::format(" {:>12} {:>12} {:>12}", "distance", "average", "last") : "");
  for_each_chosen_row(options, answer, [&](const BoundRow& row) {
    fmt::print("{:<{}} {:>9} {:>9} {:>12.6g} {:>12.6g} {:>12.6g} {:>12.6g}",
               printable(row.schedule->to_string()), width, row.steps, row.horizon, row.gamma,
               row.omega, row.gamma_opt, row.omega_opt);
    if (row.terms)
      fmt::print(" {:>12.6g} {:>12.6g} {:>12.6g}", row.terms->distance, row.terms->average,
                 row.terms->last);
    fmt::print("\n");
  });
}

/// The bound is infinite at a horizon whose last step is 0. Says so, since only a list can have
/// such a step and most readers expect a schedule to end at 0.
void warn_of_infinite_bounds(const BoundSweep& sweep, const BoundTable& table) {
  const auto is_infinite = [](const bound::ScaledSums& sums) { return std::isinf(sums.gradients); };
  const auto first = std::ranges::find_if(table.sums, is_infinite);
  if (sweep.formula != BoundSweep::Formula::last_iterate || first == table.sums.end()) return;
  const auto others = std::ranges::count_if(first + 1, table.sums.end(), is_infinite);
  say_warning(fmt::format(
      "{}: eta_t is 0, so the bound is infinite and gamma_opt is 0{}; choose horizons whose "
      "last step is above 0",
      row_name(sweep, static_cast<std::size_t>(first - table.sums.begin())),
      others > 0 ? fmt::format(" (and {} more bound{})", others, others == 1 ? "" : "s") : ""));
}

void write(const BoundOptions& options, const BoundSweep& sweep, const BoundTable& table,
           const std::vector<double>& gammas, const std::string& command_line) {
  const StopSignals signals;
  const Watch watch = {{}, &StopSignals::requested()};
  try {
    write_bounds(options.out, sweep, table, gammas, {table.device, "", command_line}, watch);
  } catch (const InterruptedError& error) {
    throw InterruptedError(
        fmt::format("{}; no result was kept; rerun the command to start over", error.what()));
  }
}

void evaluate_bounds(const BoundOptions& options, const std::string& command_line) {
  std::vector<io::Note> notes;
  const BoundSweep sweep = make_sweep(options, notes);
  say_notes(notes, options.quiet);
  std::vector<double> gammas;
  if (!options.gamma.empty()) gammas = parse_axis(options.gamma, "--gamma", Spacing::logarithmic);
  if (!gammas.empty() && gammas.front() <= 0)
    throw InputError(fmt::format("--gamma: {} is not above 0", to_text(gammas.front())));
  if (options.json && options.csv) throw InputError("--json and --csv exclude each other");
  if (options.best && *options.best < 1)
    throw InputError(fmt::format("--best must be at least 1, not {}", *options.best));
  if ((options.best || options.sort != SortKey::none) && !options.out.empty() && !options.json &&
      !options.csv)
    throw InputError("--sort and --best apply to printed rows; omit --out, or add --json or --csv");
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
  std::optional<Progress> progress;
  Watch watch;
  if (!options.quiet)
    watch.progress = [&](std::size_t done, std::size_t total) {
      if (!progress) emplace_on_stderr(progress, static_cast<std::int64_t>(total), "bounds");
      progress->update(static_cast<std::int64_t>(done));
    };
  const double begin = seconds_now();
  // While nothing is on the disk, a signal ends the program at once.
  const BoundTable table = evaluate(sweep, options.backend, watch);
  const double took = seconds_now() - begin;
  if (progress) progress->finish();
  std::optional<Answer> answer;  // Checked before anything is written.
  const bool prints = options.json || options.csv || options.out.empty();
  if (prints) answer.emplace(options, sweep, table, gammas);
  warn_of_infinite_bounds(sweep, table);
  if (!options.out.empty()) {
    write(options, sweep, table, gammas, command_line);
    if (!options.quiet)
      say(fmt::format("{} bound{} in {:.3f} s, written to {}",
                      grouped(static_cast<std::int64_t>(table.sums.size())),
                      table.sums.size() == 1 ? "" : "s", took, options.out));
  }
  if (!answer) return;
  if (options.json)
    print_json(options, sweep, table, *answer, took);
  else if (options.csv)
    print_csv(options, *answer);
  else
    print_table(options, sweep, *answer);
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
      {"lrscape bound --schedule wsd:cooldown=0.05:1:20,shape=linear,sqrt,cosine --steps 4000 "
       "--best "
       "5",
       "The five best of sixty schedules."},
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
