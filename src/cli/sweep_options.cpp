#include "cli/sweep_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.hpp"
#include "cli/axis.hpp"
#include "cli/described.hpp"
#include "cli/options.hpp"
#include "cli/values_from_files.hpp"
#include "io/read_matrix.hpp"
#include "lrscape/error.hpp"
#include "lrscape/optimizer/list.hpp"
#include "lrscape/schedule/list.hpp"

namespace lrscape::cli {
namespace {

void add_hyperparameters(CLI::App& command, SweepOptions& options) {
  for (const auto& [parameter, help] : shared_hyperparameters<Optimizers>()) {
    const std::string name(parameter.name);
    const auto flag = "--" + name;
    auto& given = options.hyperparameters;
    if (parameter.kind == Parameter::Kind::flag)
      command
          .add_flag_callback(
              flag, [&given, name] { given[name] = 1; }, help)
          ->group("Optimizer");
    else
      add_option(command, flag, help, "FLOAT", [&given, name, flag](std::string_view text) {
        given[name] = parse_number(text, flag);
      })->group("Optimizer");
  }
}

void add_training_options(CLI::App& command, SweepOptions& options) {
  add_value(command, "--optimizer", options.optimizers,
            described<Optimizers>("one or more, joined by commas:"));
  add_value(command, "--lr", options.learning_rates,
            "learning rates: values and ranges lo:hi:count (logarithmic; "
            "lin:lo:hi:count), joined by commas");
  add_value(command, "--wd", options.weight_decays, "weight decays, likewise; 0 is allowed");
  add_value(command, "--schedule", options.schedule,
            described<Schedules>("name or name:key=value,..., [constant]:"));
  add_value(command, "--epochs", options.epochs, "passes over the rows [50]");
  add_value(command, "--batch", options.batch,
            "rows a step, or full [20, or all if there are fewer]");
  add_value(command, "--seeds", options.seeds, "how many orders of the rows [1]");
  add_value(command, "--first-seed", options.first_seed, "the first of them [0]");
  add_value(command, "--precision", options.precision, "fp32 or fp64 [fp32]");
  add_value(
      command, "--gram", options.gram,
      "auto, on or off: SGD and SGDW by the products of the rows, faster with fewer rows than "
      "features; auto where the precision has the digits for them [auto]");
  add_value(command, "--math", options.math,
            "reproducible, the same bits on every device, or fast, on a GPU: fp32 by tensor cores, "
            "near fp64 for stable runs [reproducible]");
  add_value(command, "--record", options.record,
            "final or epoch: losses at the end or after each epoch [final]");
  command.add_flag("--train-loss", options.train_loss, "record the loss on the training rows, too");
  add_hyperparameters(command, options);
}

void add_synthetic_options(CLI::App& command, SweepOptions& options) {
  const auto synthetic = [&](CLI::Option* option) {
    option->group("Synthetic problem");
    options.synthetic_options.push_back(option);
  };
  SyntheticProblem& p = options.synthetic;
  synthetic(add_value(command, "--n", p.rows, "training rows [200]"));
  synthetic(add_value(command, "--n-val", p.validation_rows, "validation rows [200]"));
  synthetic(add_value(command, "--d", p.features, "features [1000]"));
  synthetic(add_value(command, "--noise", p.noise,
                      "standard deviation of the noise on the targets [0.5]"));
  synthetic(add_value(command, "--density", p.density,
                      "part of the features' entries that is not 0 [0.8]"));
  synthetic(add_value(command, "--oracle-density", p.oracle_density,
                      "part of the true weights that is not 0 [0.1]"));
  synthetic(add_value(command, "--data-seed", p.seed, "seed of the data [0]"));
}

void add_file_options(CLI::App& command, SweepOptions& options) {
  const std::string files = "Your own data";
  add_value(command, "--features", options.features,
            "matrix of features, a row an example: .npy or .csv")
      ->group(files);
  add_value(command, "--targets", options.targets, "their targets: .npy or .csv")->group(files);
  options.split_options = {
      add_value(command, "--val-fraction", options.validation_fraction,
                "part of the rows held out for validation [0.3]")
          ->group(files),
      add_value(command, "--split-seed", options.split_seed, "seed of that choice [0]")
          ->group(files)};
  add_value(command, "--val-features", options.validation_features,
            "validation features instead of held-out rows")
      ->group(files);
  add_value(command, "--val-targets", options.validation_targets, "their targets")->group(files);
  command
      .add_flag("--standardize", options.standardize,
                "columns to mean 0 and deviation 1, targets to mean 0, by the training rows")
      ->group(files);
}

/// Each hyper-parameter goes to the optimizers that have it; one that none has is refused.
std::vector<OptimizerSpec> choose_optimizers(const SweepOptions& options) {
  if (options.optimizers.empty())
    throw InputError(
        fmt::format("no --optimizer given; allowed: {}", fmt::join(Optimizers::names, ", ")));
  std::vector<OptimizerSpec> choices;
  std::map<std::string, bool> used;
  for (const auto name : split(options.optimizers, ',')) {
    NamedValues values;
    for (const Parameter& parameter : optimizer_parameters(name)) {
      const auto given = options.hyperparameters.find(std::string(parameter.name));
      if (given == options.hyperparameters.end()) continue;
      values[given->first] = given->second;
      used[given->first] = true;
    }
    choices.push_back(choose_optimizer(name, values));
  }
  for (const auto& [name, value] : options.hyperparameters)
    if (!used[name])
      throw InputError(
          fmt::format("--{} is given, but {} has no {}", name, options.optimizers, name));
  return choices;
}

void refuse_given(const std::vector<const CLI::Option*>& options, std::string_view reason) {
  for (const auto* option : options)
    if (option->count() > 0) throw InputError(fmt::format("{} {}", option->get_name(), reason));
}

Problem read_problem(const SweepOptions& options) {
  const auto pair = [](const std::string& a, std::string_view a_name, const std::string& b,
                       std::string_view b_name) {
    if (a.empty() != b.empty())
      throw InputError(fmt::format("{} is given without {}", a.empty() ? b_name : a_name,
                                   a.empty() ? a_name : b_name));
  };
  pair(options.features, "--features", options.targets, "--targets");
  pair(options.validation_features, "--val-features", options.validation_targets, "--val-targets");
  if (options.features.empty()) {
    if (!options.validation_features.empty())
      throw InputError("--val-features is given without --features");
    refuse_given(options.split_options,
                 "is for data from files: give --features and --targets, or --n-val for the "
                 "synthetic problem");
    if (options.standardize)
      throw InputError("--standardize is for data from files: give --features and --targets");
    return make_synthetic(options.synthetic);
  }
  refuse_given(options.synthetic_options,
               "is for the synthetic problem and does not go with --features");
  if (!options.validation_features.empty())
    refuse_given(options.split_options,
                 "is for rows that are held out and does not go with --val-features");
  const Matrix features = io::read_matrix(options.features);
  const std::vector<double> targets = io::read_vector(options.targets);
  if (features.rows != targets.size())
    throw InputError(fmt::format("{} has {} rows, but {} has {} values", options.features,
                                 features.rows, options.targets, targets.size()));
  Problem problem;
  if (options.validation_features.empty()) {
    problem = hold_out(features, targets, options.validation_fraction, options.split_seed);
  } else {
    problem = {features, targets, io::read_matrix(options.validation_features),
               io::read_vector(options.validation_targets)};
  }
  check(problem);
  if (options.standardize) standardize(problem);
  return problem;
}

std::string problem_source(const SweepOptions& options) {
  if (options.features.empty()) {
    const auto& p = options.synthetic;
    return fmt::format(
        "synthetic: n {}, validation {}, d {}, density {}, oracle density {}, noise {}, seed {}",
        p.rows, p.validation_rows, p.features, p.density, p.oracle_density, p.noise, p.seed);
  }
  const auto held =
      options.validation_features.empty()
          ? fmt::format("{} held out with seed {}", options.validation_fraction, options.split_seed)
          : fmt::format("validation {} {}", options.validation_features,
                        options.validation_targets);
  return fmt::format("files: {} {}, {}{}", options.features, options.targets, held,
                     options.standardize ? ", standardized" : "");
}

}  // namespace

void add_backend_options(CLI::App& command, DeviceOptions& options, std::string_view cuda) {
  add_value(command, "--device", options.device,
            fmt::format("auto, cpu, cuda ({}) or cuda:INDEX [auto]", cuda))
      ->group("Device");
  add_value(command, "--threads", options.threads, "CPU threads; 0 takes all cores [0]")
      ->group("Device");
  add_value(command, "--simd", options.simd,
            "CPU instruction set: avx512, avx2 or plain [the best]")
      ->envname("LRSCAPE_SIMD")
      ->group("Device");
}

void add_sweep_options(CLI::App& command, SweepOptions& options) {
  add_training_options(command, options);
  add_synthetic_options(command, options);
  add_file_options(command, options);
  add_backend_options(command, options.backend, "every GPU");
  add_value(command, "--shard", options.shard,
            "i/n: do the i-th of n parts (from 1); processes share a result so")
      ->group("Device");
  add_value(command, "--out", options.out,
            "folder of the result, a Zarr group; what is done there already is kept");
  add_value(command, "--config", options.config,
            "TOML file with options by name; the command line wins");
  command.add_flag("--dry-run", options.dry_run,
                   "say what would be done and how long it would take");
  command.add_flag("--quiet", options.quiet, "no progress, no summary");
}

Sweep make_sweep(const SweepOptions& options) {
  Sweep sweep;
  sweep.optimizers = choose_optimizers(options);
  if (options.learning_rates.empty()) throw InputError("no --lr given, such as --lr 1e-4:1:32");
  if (options.weight_decays.empty())
    throw InputError("no --wd given, such as --wd 1e-4:1:32 or --wd 0");
  sweep.learning_rates = parse_axis(options.learning_rates, "--lr", Spacing::logarithmic);
  sweep.weight_decays = parse_axis(options.weight_decays, "--wd", Spacing::logarithmic);
  sweep.schedule = with_values(parse_schedule(options.schedule));
  sweep.seeds = options.seeds;
  sweep.first_seed = options.first_seed;
  sweep.epochs = options.epochs;
  sweep.precision = parse_precision(options.precision);
  constexpr GramMode gram_choices[] = {GramMode::automatic, GramMode::on, GramMode::off};
  sweep.gram = gram_choices[one_of("--gram", options.gram, {"auto", "on", "off"})];
  if (one_of("--math", options.math, {"reproducible", "fast"}) == 1) sweep.math = MathMode::fast;
  sweep.record_epochs = one_of("--record", options.record, {"final", "epoch"}) == 1;
  sweep.train_loss = options.train_loss;
  sweep.problem = read_problem(options);
  sweep.problem_source = problem_source(options);
  const auto rows = static_cast<std::int64_t>(sweep.problem.features.rows);
  if (options.batch.empty())
    sweep.batch_size = std::min<std::int64_t>(20, rows);
  else
    sweep.batch_size =
        options.batch == "full" ? rows : parse_whole_number<std::int64_t>(options.batch, "--batch");
  return sweep;
}

Precision parse_precision(std::string_view text) {
  return one_of("--precision", text, {"fp32", "fp64"}) == 0 ? Precision::fp32 : Precision::fp64;
}

Shard shard_of(const SweepOptions& options) {
  if (options.shard.empty()) return {};
  const auto parts = split(options.shard, '/');
  if (parts.size() != 2)
    throw InputError(fmt::format("--shard must be of the form i/n, not '{}'", options.shard));
  const auto index = parse_whole_number<std::int64_t>(parts[0], "--shard");
  const auto count = parse_whole_number<std::int64_t>(parts[1], "--shard");
  if (index < 1 || index > count)
    throw InputError(fmt::format("--shard {}: i must be from 1 to n", options.shard));
  return {static_cast<std::size_t>(index - 1), static_cast<std::size_t>(count)};
}

}  // namespace lrscape::cli
