#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <system_error>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/dry_run.hpp"
#include "cli/messages.hpp"
#include "cli/progress.hpp"
#include "cli/remedies.hpp"
#include "cli/shard.hpp"
#include "cli/stop_signals.hpp"
#include "cli/sweep_options.hpp"
#include "cli/terminal.hpp"
#include "cli/values_from_files.hpp"
#include "lrscape/analysis.hpp"
#include "lrscape/error.hpp"
#include "lrscape/run.hpp"
#include "lrscape/store.hpp"
#include "report/answers.hpp"

namespace lrscape::cli {
namespace {

/// Prints the best cell of each optimizer over all of its settings.
void print_best_cells(const std::string& path) {
  const Result result = read_result(path);
  const bool unicode = terminal_style(STDERR_FILENO).unicode;
  const std::size_t each = result.configuration_count() / result.optimizers.size();
  for (std::size_t optimizer = 0; optimizer < result.optimizers.size(); ++optimizer) {
    double least = std::numeric_limits<double>::infinity();
    std::string text;
    for (std::size_t k = optimizer * each; k < (optimizer + 1) * each; ++k) {
      const LossMap map = loss_map(result, k);
      const auto best = best_cell(map);
      const bool has_run =
          std::ranges::any_of(map.means(), [](double m) { return !std::isnan(m); });
      if (has_run && text.empty())
        text = fmt::format("{}: every cell diverged", printable(result.optimizers[optimizer]));
      if (!best || best->loss.value >= least) continue;
      least = best->loss.value;
      text = fmt::format("{}: best validation loss {} at lr {} wd {}",
                         printable(result.label_of(k)), for_people(best->loss, unicode),
                         for_people(map.learning_rates()[best->learning_rate]),
                         for_people(map.weight_decays()[best->weight_decay]));
    }
    if (!text.empty()) say(text);
  }
}

void summarize(const std::string& path, const Report& report, const Shard& shard, double seconds) {
  const bool was_done = report.resumed_runs == report.runs;
  if (was_done)
    say(fmt::format("all {} of {} were already done",
                    counted(static_cast<std::int64_t>(report.runs), "run"), path));
  else if (report.resumed_runs > 0)
    say(fmt::format("{} run{} already done", report.resumed_runs,
                    report.resumed_runs == 1 ? " was" : "s were"));
  if (report.known_runs > 0)
    say(fmt::format("{} reused from earlier results",
                    counted(static_cast<std::int64_t>(report.known_runs), "run") +
                        (report.known_runs == 1 ? " was" : " were")));
  if (report.others_runs > 0)
    say(fmt::format("{} run{} trained by other processes", report.others_runs,
                    report.others_runs == 1 ? " was" : "s were"));
  if (report.damaged_units > 0)
    say(fmt::format("{} damaged unit{} trained again", report.damaged_units,
                    report.damaged_units == 1 ? " was" : "s were"));
  if (!was_done)
    say(fmt::format("{} in {:.3f} s ({:.0f} runs/s), written to {}",
                    counted(static_cast<std::int64_t>(report.trained_runs), "run"), seconds,
                    static_cast<double>(report.trained_runs) / seconds, path));
  try {
    print_best_cells(path);
  } catch (const InputError& error) {
    // Another shard's chunk may be damaged, which only its own process can repair.
    if (shard.count == 1) throw;
    say_warning(with_remedy(error));
  }
}

/// Prints the numbers of the summary to stdout.
void print_report(const std::string& path, const std::string& device, const Report& report,
                  double seconds) {
  fmt::print(
      "{{\"out\": {}, \"device\": {}, \"runs\": {}, \"resumed_runs\": {}, \"trained_runs\": {}, "
      "\"known_runs\": {}, \"others_runs\": {}, \"damaged_units\": {}, \"seconds\": {}}}\n",
      json_string(path), json_string(device), report.runs, report.resumed_runs, report.trained_runs,
      report.known_runs, report.others_runs, report.damaged_units, json_number(seconds));
}

/// Runs the sweep into the store and reports progress.
void fill(const PreparedSweep& prepared, Backend& backend, const SweepOptions& options,
          const Shard& shard, const KnownRuns& known, const std::string& command_line) {
  const StopSignals signals;
  StoreSink sink(options.out, prepared, {backend.description(), backend.driver(), command_line});
  std::optional<Progress> progress;
  Watch watch;
  watch.stop = &StopSignals::requested();
  if (!options.quiet)
    watch.progress = [&](std::size_t done, std::size_t total) {
      const auto runs = static_cast<std::int64_t>(done);
      if (!progress) {
        emplace_on_stderr(progress, static_cast<std::int64_t>(total), "runs");
        progress->set_initial(runs);
      }
      progress->update(runs);
    };
  watch.warn = [&](const std::string& warning) {
    if (progress) progress->wipe();
    say_warning(warning);
  };
  if (!options.quiet) say(backend.description());
  const double begin = seconds_now();
  const Report report = run(prepared, backend, sink, watch, shard, &known);
  if (progress) progress->finish();
  const double seconds = seconds_now() - begin;
  if (options.json) print_report(options.out, backend.description(), report, seconds);
  if (!options.quiet) summarize(options.out, report, shard, seconds);
}

/// The runs that the results of --reuse have.
EarlierRuns earlier_runs(const SweepOptions& options, const PreparedSweep& prepared) {
  for (const std::string& path : options.reuse) {
    std::error_code unknown;
    if (!options.out.empty() && std::filesystem::equivalent(path, options.out, unknown))
      throw InputError(
          fmt::format("--reuse {} is also --out; omit --reuse, since a sweep continues its own "
                      "result, or choose "
                      "a different --out",
                      path));
  }
  EarlierRuns earlier(
      std::vector<std::filesystem::path>(options.reuse.begin(), options.reuse.end()), prepared);
  for (const std::string& warning : earlier.warnings()) say_warning(warning);
  return earlier;
}

void sweep(const SweepOptions& options, const std::string& command_line) {
  const auto [shard, source] = parse_shard(options.shard);
  if (!source.empty() && !options.quiet)
    say(fmt::format("shard {} of {}, from {}", shard.index + 1, shard.count, source));
  std::vector<io::Note> notes;
  const PreparedSweep prepared(make_sweep(options, notes), options.backend.threads);
  say_notes(notes, options.quiet);
  for (const std::string& warning : prepared.warnings()) say_warning(warning);
  const EarlierRuns earlier = earlier_runs(options, prepared);
  const auto backend = make_backend(prepared, options.backend);
  if (options.dry_run) {
    if (options.json) throw InputError("--json reports on trained runs; omit --dry-run");
    for (const std::string& warning : backend->warnings()) say_warning(warning);
    Cut cut = even_cut(prepared.sweep());
    std::vector<Unit> missing;
    if (options.out.empty()) {
      const auto units = units_of(prepared.sweep(), cut);
      for (const std::size_t k : units_of_shard(units, shard)) missing.push_back(units[k]);
    } else {
      cut = cut_at(options.out, prepared);
      missing = missing_units(options.out, prepared, shard);
    }
    print_dry_run(prepared, *backend, options.backend, cut, shard, missing, earlier);
    return;
  }
  if (options.out.empty())
    throw InputError("no --out given; name a folder for the result, such as --out map.zarr");
  try {
    fill(prepared, *backend, options, shard, earlier, command_line);
  } catch (const InterruptedError& error) {
    std::error_code unknown;
    const bool there = std::filesystem::exists(options.out, unknown);
    throw InterruptedError(fmt::format("{}; rerun the command to {} {}", error.what(),
                                       there ? "continue" : "start over with", options.out));
  } catch (const DeviceError& error) {
    throw DeviceError(fmt::format("{}; rerun the command on any device to continue {}",
                                  with_remedy(error), options.out));
  }
}

}  // namespace

Command sweep_command(const std::string& command_line) {
  Command command(
      "sweep",
      "Train a model for every combination of optimizer, learning rate, weight decay and seed");
  command.usage = "--optimizer NAMES --lr VALUES --wd VALUES --out FOLDER";
  command.description =
      "The runs are linear least-squares trainings on a synthetic problem or on your own data "
      "(lrscape "
      "help problem). The result is a Zarr group (lrscape help results). An interrupted sweep "
      "continues "
      "when the same command is run again.";
  command.examples = {
      {"lrscape sweep --optimizer adamw-pt,adamw-lh --lr 1e-4:3.2:48 --wd 1e-3:10:48 --seeds 5 "
       "--out "
       "map.zarr",
       "Both forms of AdamW on the synthetic problem: 23,040 runs."},
      {"lrscape sweep --features X.npy --targets y.npy --standardize --optimizer sgd --momentum "
       "0.9 "
       "--lr 1e-5:1e-1:40 --wd 0 --schedule cosine:warmup=50 --record epoch --out sgd.zarr",
       "SGD with momentum and a cosine schedule on your own data, with losses after every epoch."},
      {"lrscape sweep --optimizer adamw-pt --lr 1e-4:1:32 --wd 1e-4:1:32 --dry-run",
       "How large a sweep is, and how long it would take."}};
  const auto options = std::make_shared<SweepOptions>();
  add_sweep_options(command, *options);
  command.run = [options, command_line] { sweep(*options, command_line); };
  return command;
}

}  // namespace lrscape::cli
