#include "cli/dry_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/memory.hpp"
#include "base/text.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "device/device_choice.hpp"

namespace lrscape::cli {
namespace {

double run_count(const Sweep& sweep) {
  return static_cast<double>(configuration_count(sweep)) *
         static_cast<double>(sweep.learning_rates.size()) *
         static_cast<double>(sweep.weight_decays.size()) * static_cast<double>(sweep.seeds);
}

/// "1 seed", "1,000 seeds"
std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(static_cast<std::int64_t>(count)), noun,
                     count == 1 ? "" : "s");
}

/// "adamw-pt on the weights (1,000 numbers per run), sgd in Gram space (200 numbers per run)"
std::string spaces_text(const PreparedSweep& prepared) {
  const Sweep& sweep = prepared.sweep();
  const Matrix& features = sweep.problem.features;
  std::vector<std::string> texts;
  const auto configurations = prepared.configurations();
  for (std::size_t k = 0; k < configurations.size(); ++k) {
    if (k > 0 && configurations[k].optimizer.name == configurations[k - 1].optimizer.name &&
        prepared.spaces()[k] == prepared.spaces()[k - 1])
      continue;
    const bool gram = prepared.spaces()[k] == Space::gram;
    const std::size_t numbers = gram ? features.rows : features.columns;
    texts.push_back(fmt::format("{} {} ({} numbers per run)", configurations[k].optimizer.name,
                                gram ? "in Gram space" : "on the weights",
                                grouped(static_cast<std::int64_t>(numbers))));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// Bytes of memory of the prepared sweep.
double input_bytes(const PreparedSweep& prepared) {
  const Sweep& sweep = prepared.sweep();
  const Problem& p = sweep.problem;
  const double rows = static_cast<double>(p.features.rows + p.validation_features.rows);
  const auto features = static_cast<double>(p.features.columns);
  const double packed = sweep.precision == Precision::fp32 ? 4 : 8;
  const double orders = 4.0 * static_cast<double>(sweep.seeds) *
                        static_cast<double>(sweep.most_epochs()) *
                        static_cast<double>(p.features.rows);
  double values = 0;
  for (const auto& [space, columns] :
       {std::pair{Space::weights, p.features.columns}, std::pair{Space::gram, p.features.rows}})
    if (std::ranges::count(prepared.spaces(), space) > 0)
      values += rows * static_cast<double>(columns);
  return rows * features * 8 + values * packed + orders;
}

/// The part of the sweep that this process trains.
struct Share {
  std::size_t units = 0;
  std::size_t all_units = 0;
  double runs = 0;
  double missing_runs = 0;                    ///< Those that the result lacks.
  double known_runs = 0;                      ///< Those of the missing runs that are known.
  std::vector<double> open_of_configuration;  ///< The missing runs that are not known.
};

Share share_of(const Sweep& sweep, const Cut& cut, const Shard& shard,
               std::span<const Unit> missing, const KnownRuns& known) {
  const std::vector<Unit> units = units_of(sweep, cut);
  Share share;
  share.all_units = units.size();
  share.open_of_configuration.resize(configuration_count(sweep));
  for (const std::size_t k : units_of_shard(units, shard)) {
    ++share.units;
    share.runs += static_cast<double>(units[k].runs());
  }
  for (const Unit& unit : missing) {
    const auto open =
        static_cast<double>(std::ranges::count(known.of(unit).status, RunStatus::not_run));
    share.missing_runs += static_cast<double>(unit.runs());
    share.known_runs += static_cast<double>(unit.runs()) - open;
    share.open_of_configuration[unit.configuration] += open;
  }
  return share;
}

double result_bytes(const Sweep& sweep, double runs) {
  const double number = sweep.precision == Precision::fp32 ? 4 : 8;
  constexpr double status = 5;  // With the epoch of a divergence.
  return runs * (number * static_cast<double>(sweep.recorded_numbers()) + status);
}

/// Configurations that take about the same time per step: of one optimizer, batch size and space.
using Kind = std::tuple<std::string, std::int64_t, Space>;

/// Seconds for the share, extrapolated from a few runs of each kind of configuration over the first
/// epochs.
double estimate_seconds(const PreparedSweep& prepared, const DeviceOptions& options,
                        const Share& share) {
  constexpr double long_enough = 0.2;
  const Sweep& sweep = prepared.sweep();
  const auto configurations = prepared.configurations();
  const std::atomic<bool> stop = false;
  // Several GPUs divide the work by groups; four per GPU keep all of them busy.
  const std::size_t chosen = choose_devices(options.device).size();
  const std::size_t groups = chosen > 1 ? 4 * chosen : 1;
  struct Work {
    std::size_t configuration = 0;  ///< the longest of its kind
    double epochs = 0;              ///< of all runs together
    bool known = false;
  };
  std::map<Kind, Work> kinds;
  for (std::size_t k = 0; k < configurations.size(); ++k) {
    if (share.open_of_configuration[k] == 0) continue;
    const Configuration& one = configurations[k];
    Work& work =
        kinds.try_emplace({one.optimizer.name, one.batch_size, prepared.spaces()[k]}, Work{k})
            .first->second;
    if (one.epochs > configurations[work.configuration].epochs) work.configuration = k;
    work.epochs += static_cast<double>(one.epochs) * share.open_of_configuration[k];
  }
  double estimate = 0;
  const auto is_open = [](const auto& kind) { return !kind.second.known; };
  for (std::int64_t wanted = 1; std::ranges::any_of(kinds, is_open); wanted *= 4) {
    const PreparedSweep part = prepared.first_epochs(wanted);
    const auto backend = make_backend(part, options);
    const std::size_t runs = std::min<std::size_t>(backend->runs_to_fill() / groups / 16 + 1,
                                                   static_cast<std::size_t>(run_count(sweep)));
    for (auto& [kind, work] : kinds) {
      if (work.known) continue;
      // Use the smallest rates: runs that diverge end early and would make the estimate too short.
      const RunGroup group = {work.configuration, 0,
                              std::vector<double>(runs, sweep.learning_rates.front()),
                              std::vector<double>(runs, sweep.weight_decays.front())};
      const auto begin = std::chrono::steady_clock::now();
      backend->train(std::vector(groups, group), stop);
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
      const std::int64_t epochs = part.configurations()[work.configuration].epochs;
      work.known =
          taken.count() >= long_enough || epochs == configurations[work.configuration].epochs;
      if (work.known)
        estimate += taken.count() / static_cast<double>(epochs) * work.epochs /
                    static_cast<double>(groups * runs);
    }
  }
  return estimate;
}

/// "50 epochs of 10 steps, batch 20, constant", with all values of each axis.
std::string each_run_text(const PreparedSweep& prepared) {
  const Axes& axes = prepared.sweep().axes;
  const Configuration& first = prepared.configurations().front();
  const auto values = [](const std::vector<std::int64_t>& axis, std::int64_t single) {
    return axis.empty() ? grouped(single) : fmt::format("{}", fmt::join(axis, "/"));
  };
  std::string text = values(axes.epochs, first.epochs);
  text += axes.epochs.empty() && first.epochs == 1 ? " epoch" : " epochs";
  if (axes.batch_sizes.empty())
    text += " of " + counted(static_cast<std::size_t>(
                                 first.steps_per_epoch(prepared.sweep().problem.features.rows)),
                             "step");
  text += ", batch " + values(axes.batch_sizes, first.batch_size);
  return text + ", " +
         (axes.schedules.empty() ? printable(first.schedule.to_string())
                                 : counted(axes.schedules.size(), "schedule"));
}

}  // namespace

void print_dry_run(const PreparedSweep& prepared, const Backend& backend,
                   const DeviceOptions& options, const Cut& cut, const Shard& shard,
                   std::span<const Unit> missing, const KnownRuns& known) {
  const Sweep& sweep = prepared.sweep();
  const Share share = share_of(sweep, cut, shard, missing, known);
  fmt::print("problem    {}\n", printable(sweep.problem_source));
  const auto number = [](std::size_t count) { return grouped(static_cast<std::int64_t>(count)); };
  fmt::print("rows       {} for training, {} for validation, {} features\n",
             number(sweep.problem.features.rows), number(sweep.problem.validation_features.rows),
             number(sweep.problem.features.columns));
  std::string settings;
  for (const ResultAxis& axis : result_axes(sweep))
    settings += axis.name == "schedule"     ? fmt::format(" x {} schedules", axis.labels.size())
                : axis.name == "batch_size" ? fmt::format(" x {} batch sizes", axis.labels.size())
                : axis.name == "epochs"
                    ? fmt::format(" x {} numbers of epochs", axis.labels.size())
                    : fmt::format(" x {} values of {}", axis.labels.size(), axis.name);
  fmt::print("grid       {}{} x {} x {} x {} = {}\n", counted(sweep.optimizers.size(), "optimizer"),
             settings, counted(sweep.learning_rates.size(), "learning rate"),
             counted(sweep.weight_decays.size(), "weight decay"),
             counted(static_cast<std::size_t>(sweep.seeds), "seed"),
             counted(static_cast<std::size_t>(run_count(sweep)), "run"));
  fmt::print("units      {}\n", grouped(static_cast<std::int64_t>(share.all_units)));
  if (shard.count > 1)
    fmt::print("shard      {} of {}: {} of {}, {} of {}\n", shard.index + 1, shard.count,
               grouped(static_cast<std::int64_t>(share.units)), counted(share.all_units, "unit"),
               grouped(static_cast<std::int64_t>(share.runs)),
               counted(static_cast<std::size_t>(run_count(sweep)), "run"));
  if (share.missing_runs < share.runs)
    fmt::print("left       {} of {}\n", grouped(static_cast<std::int64_t>(share.missing_runs)),
               counted(static_cast<std::size_t>(share.runs), "run"));
  if (share.known_runs > 0)
    fmt::print("reuse      {} of {}\n", grouped(static_cast<std::int64_t>(share.known_runs)),
               counted(static_cast<std::size_t>(share.missing_runs), "run"));
  fmt::print("each run   {}\n", each_run_text(prepared));
  fmt::print("space      {}\n", spaces_text(prepared));
  fmt::print("device     {}\n", backend.description());
  fmt::print("memory     {} for the data, {} as working memory\n",
             bytes_text(input_bytes(prepared)),
             bytes_text(static_cast<double>(backend.working_bytes())));
  fmt::print("result     {} on disk\n", bytes_text(result_bytes(sweep, share.runs)));
  fmt::print("time       about {}\n", format_duration(estimate_seconds(prepared, options, share)));
}

}  // namespace lrscape::cli
