#include "cli/sweep_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.hpp"
#include "cli/rules.hpp"
#include "cli/values_from_files.hpp"
#include "lrscape/axis.hpp"
#include "lrscape/error.hpp"
#include "lrscape/optimizer/list.hpp"

namespace lrscape::cli {
namespace {

void add_hyperparameters(Command& command, SweepOptions& options) {
  command.begin_group("Hyper-parameters of the optimizers");
  for (const auto& [parameter, help] : shared_hyperparameters<Optimizers>()) {
    const std::string name(parameter.name);
    const auto flag = "--" + name;
    auto& given = options.hyperparameters;
    if (parameter.kind == Parameter::Kind::flag) {
      Option option;
      option.name = flag;
      option.help = help;
      option.read = [&given, name](const std::vector<std::string>&) { given[name] = {1}; };
      command.add(std::move(option));
    } else {
      command.add_option(flag, "VALUES", help, [&given, name, flag](std::string_view text) {
        given[name] = parse_axis(text, flag, Spacing::linear);
      });
    }
  }
}

void add_grid_options(Command& command, SweepOptions& options) {
  command.begin_group("Grid");
  command
      .add_list("--optimizer", "OPTIMIZER", options.optimizers,
                fmt::format("{}; separated by commas, each NAME or NAME:PARAMETER=VALUES,... "
                            "(lrscape help optimizers)",
                            fmt::join(Optimizers::names, ", ")))
      .candidates = optimizer_candidates;
  command.add_value(
      "--lr", "VALUES", options.learning_rates,
      "learning rates: numbers and logarithmic ranges lo:hi:count, separated by commas "
      "(lrscape help ranges)");
  command.add_value("--wd", "VALUES", options.weight_decays,
                    "weight decays, in the same form; 0 is allowed");
  command.add_value("--seeds", "N", options.seeds,
                    "seeds per cell; a seed decides the order of the rows");
  command.add_value("--first-seed", "N", options.first_seed, "the first seed");
}

void add_training_options(Command& command, SweepOptions& options) {
  command.begin_group("Training");
  command
      .add_list(
          "--schedule", "SCHEDULE", options.schedules,
          "learning-rate schedules, NAME or NAME:PARAMETER=VALUES,... with numbers and ranges "
          "lo:hi:count (lrscape help schedules) [constant]")
      .candidates = schedule_candidates;
  command.add_value("--epochs", "VALUES", options.epochs, "passes over the training rows [50]");
  command.add_value("--batch", "VALUES|full", options.batch,
                    "rows per step: numbers and logarithmic ranges lo:hi:count [20, or all rows if "
                    "there are fewer]");
  add_precision_option(command, options.precision);
  command.add_choice(
      "--gram", options.gram,
      {{"auto", GramMode::automatic}, {"on", GramMode::on}, {"off", GramMode::off}},
      "train SGD and SGDW in Gram space (inner products of the rows), which is faster with fewer "
      "rows than features; auto does so if the precision is sufficient");
  command.add_choice("--math", options.math,
                     {{"reproducible", MathMode::reproducible}, {"fast", MathMode::fast}},
                     "reproducible gives the same bits on every device; fast uses the tensor cores "
                     "of a GPU, with fp32 only, and is not bit-reproducible");
  command.add_choice("--record", options.record_epochs, {{"final", false}, {"epoch", true}},
                     "record losses after the last epoch, or after every epoch");
  command.add_flag("--train-loss", options.train_loss, "also record the loss on the training rows");
  command.add_flag("--save-weights", options.save_weights,
                   "also record the weights after the last epoch");
}

}  // namespace

void add_device_options(Command& command, DeviceOptions& options, std::string_view cuda) {
  command.begin_group("Device");
  command
      .add_value(
          "--device", "NAME", options.device,
          fmt::format("auto, cpu, cuda ({}) or cuda:INDEX; lrscape devices lists them", cuda))
      .candidates = [](std::string_view) {
    return std::vector<Candidate>{{"auto", ""}, {"cpu", ""}, {"cuda", ""}, {"cuda:0", ""}};
  };
  command.add_value("--threads", "N", options.threads, "CPU threads; 0 uses all cores");
  add_simd_option(command, options.simd);
}

void add_simd_option(Command& command, std::string& simd) {
  Option& option = command.add_value("--simd", "NAME", simd,
                                     "CPU instruction set: avx512, avx2 or plain [the best]");
  option.environment = "LRSCAPE_SIMD";
  option.candidates = [](std::string_view) {
    return std::vector<Candidate>{{"avx512", ""}, {"avx2", ""}, {"plain", ""}};
  };
}

void add_precision_option(Command& command, Precision& precision) {
  const auto choice = [](Precision one) { return std::pair(std::string(name_of(one)), one); };
  command.add_choice("--precision", precision, {choice(Precision::fp32), choice(Precision::fp64)},
                     "floating-point format");
}

void add_config_option(Command& command, std::string& config) {
  command.begin_group("");
  command
      .add_value("--config", "FILE", config,
                 "read options from a TOML file; options on the command line take precedence")
      .completion = Completion::files;
}

void add_sweep_options(Command& command, SweepOptions& options) {
  add_grid_options(command, options);
  command.begin_group("Result");
  command
      .add_value("--out", "FOLDER", options.out,
                 "the result, a Zarr group; if it exists, the sweep continues it")
      .completion = Completion::folders;
  command
      .add_list(
          "--reuse", "FOLDER", options.reuse,
          "reuse the runs that an earlier result already has, and train only the missing ones")
      .completion = Completion::folders;
  command.add_value("--shard", "i/n|auto", options.shard,
                    "train the i-th of n parts, so that n processes share one result; auto takes i "
                    "and n from Slurm or MPI");
  command.add_flag("--dry-run", options.dry_run,
                   "print what the sweep would do and how long it would take");
  command.add_flag("--quiet", options.quiet, "print no progress, notes or summary");
  command.add_flag("--json", options.json,
                   "print the numbers of runs and the seconds of their training as JSON");
  add_hyperparameters(command, options);
  add_training_options(command, options);
  add_data_options(command, options.data);
  add_device_options(command, options.backend, "every GPU");
  add_config_option(command, options.config);
}

namespace {

/// Axes of the configurations that have several values; single values are set in the sweep.
void add_axes(const SweepOptions& options, Sweep& sweep, std::vector<io::Note>& notes) {
  std::vector<ScheduleSpec> schedules;
  for (const std::string& text : options.schedules)
    for (ScheduleSpec& schedule : parse_schedules(text))
      schedules.push_back(with_values(std::move(schedule), notes));
  if (!schedules.empty()) sweep.schedule = schedules.front();
  if (schedules.size() > 1) sweep.axes.schedules = std::move(schedules);
  for (const auto& [name, values] : options.hyperparameters)
    if (values.size() > 1) sweep.axes.parameters.push_back({name, values});
  if (!options.epochs.empty()) {
    auto epochs = parse_whole_axis(options.epochs, "--epochs", Spacing::linear);
    sweep.epochs = epochs.front();
    if (epochs.size() > 1) sweep.axes.epochs = std::move(epochs);
  }
  const auto rows = static_cast<std::int64_t>(sweep.problem.features.rows);
  if (options.batch.empty()) {
    sweep.batch_size = default_batch_size(sweep.problem.features.rows);
  } else if (options.batch == "full") {
    sweep.batch_size = rows;
  } else {
    auto sizes = parse_whole_axis(options.batch, "--batch", Spacing::logarithmic);
    sweep.batch_size = sizes.front();
    if (sizes.size() > 1) sweep.axes.batch_sizes = std::move(sizes);
  }
}

}  // namespace

Sweep make_sweep(const SweepOptions& options, std::vector<io::Note>& notes) {
  Sweep sweep;
  if (options.optimizers.empty())
    throw InputError(
        fmt::format("no --optimizer given; allowed: {}", fmt::join(Optimizers::names, ", ")));
  sweep.optimizers = parse_optimizers(options.optimizers, options.hyperparameters);
  if (options.learning_rates.empty()) throw InputError("no --lr given, such as --lr 1e-4:1:32");
  if (options.weight_decays.empty())
    throw InputError("no --wd given, such as --wd 1e-4:1:32 or --wd 0");
  sweep.learning_rates = parse_axis(options.learning_rates, "--lr", Spacing::logarithmic);
  sweep.weight_decays = parse_axis(options.weight_decays, "--wd", Spacing::logarithmic);
  sweep.seeds = options.seeds;
  sweep.first_seed = options.first_seed;
  sweep.precision = options.precision;
  sweep.gram = options.gram;
  sweep.math = options.math;
  sweep.record_epochs = options.record_epochs;
  sweep.train_loss = options.train_loss;
  sweep.save_weights = options.save_weights;
  ChosenProblem chosen = choose_problem(options.data);
  sweep.problem = std::move(chosen.problem);
  sweep.problem_source = std::move(chosen.source);
  notes.insert(notes.end(), chosen.notes.begin(), chosen.notes.end());
  add_axes(options, sweep, notes);
  return sweep;
}

}  // namespace lrscape::cli
