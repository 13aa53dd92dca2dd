#include "cli/sweep_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/axis.hpp"
#include "cli/described.hpp"
#include "io/read_matrix.hpp"
#include "lrscape/error.hpp"
#include "lrscape/optimizer/list.hpp"
#include "lrscape/schedule/list.hpp"
#include "text.hpp"

namespace lrscape::cli {
namespace {

/// The parameters of all optimizers, each name once.
std::vector<Parameter> all_hyperparameters() {
  std::vector<Parameter> all;
  Optimizers::for_each([&]<class O>() {
    for (const Parameter& parameter : O::hyperparameters)
      if (std::none_of(all.begin(), all.end(),
                       [&](const auto& p) { return p.name == parameter.name; }))
        all.push_back(parameter);
  });
  return all;
}

void add_hyperparameters(CLI::App& command, SweepOptions& options) {
  for (const Parameter& parameter : all_hyperparameters()) {
    const std::string name(parameter.name);
    const auto flag = "--" + name;
    const std::string help(parameter.summary);
    auto& given = options.hyperparameters;
    if (parameter.kind == Parameter::Kind::flag)
      command
          .add_flag_callback(
              flag, [&given, name] { given[name] = 1; }, help)
          ->group("Optimizer");
    else
      command
          .add_option_function<std::string>(
              flag,
              [&given, name](const std::string& text) {
                given[name] = parse_number(text, "--" + name);
              },
              fmt::format("{} [{}]", help, to_text(parameter.default_value)))
          ->group("Optimizer");
  }
}

/// Each hyper-parameter goes to the optimizers that have it; one that none has is refused.
std::vector<Choice> choose_optimizers(const SweepOptions& options) {
  if (options.optimizers.empty())
    throw InputError(
        fmt::format("no --optimizer given; allowed: {}", fmt::join(Optimizers::names, ", ")));
  std::vector<Choice> choices;
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
    if (options.standardize)
      throw InputError("--standardize is for data from files: give --features and --targets");
    return make_synthetic(options.synthetic);
  }
  for (const auto* option : options.synthetic_options)
    if (option->count() > 0)
      throw InputError(fmt::format(
          "{} is for the synthetic problem and does not go with --features", option->get_name()));
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

std::string one_of(std::string_view option, const std::string& value,
                   std::span<const std::string_view> allowed) {
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return value;
  throw InputError(fmt::format("{} must be one of {}, not '{}'{}", option, fmt::join(allowed, ", "),
                               value, did_you_mean(value, allowed)));
}

std::int64_t whole_number(std::string_view text, std::string_view option) {
  const double value = parse_number(text, option);
  if (!(value >= 0 && value <= 0x1p53 &&
        value == static_cast<double>(static_cast<std::int64_t>(value))))
    throw InputError(fmt::format("{}: '{}' is not a whole number >= 0", option, text));
  return static_cast<std::int64_t>(value);
}

}  // namespace

void add_backend_options(CLI::App& command, BackendOptions& options) {
  command.add_option("--device", options.device, "auto, cpu, cuda or cuda:INDEX [auto]")
      ->group("Device");
  command.add_option("--threads", options.threads, "CPU threads; 0 takes all cores [0]")
      ->group("Device");
  command
      .add_option("--simd", options.simd, "CPU instruction set: avx512, avx2 or plain [the best]")
      ->envname("LRSCAPE_SIMD")
      ->group("Device");
}

void add_sweep_options(CLI::App& command, SweepOptions& options) {
  command.add_option("--optimizer", options.optimizers,
                     described<Optimizers>("one or more, joined by commas:"));
  command.add_option("--lr", options.learning_rates,
                     "learning rates: values and ranges lo:hi:count (logarithmic; "
                     "lin:lo:hi:count), joined by commas");
  command.add_option("--wd", options.weight_decays, "weight decays, likewise; 0 is allowed");
  command.add_option(
      "--schedule", options.schedule,
      described<Schedules>("name or name:key=value,..., with warmup=STEPS in any [constant]:"));
  command.add_option("--epochs", options.epochs, "passes over the rows [50]");
  command.add_option("--batch", options.batch,
                     "rows a step, or full [20, or all if there are fewer]");
  command.add_option("--seeds", options.seeds, "how many orders of the rows [1]");
  command.add_option("--first-seed", options.first_seed, "the first of them [0]");
  command.add_option("--precision", options.precision, "fp32 or fp64 [fp32]");
  command.add_option("--record", options.record,
                     "final or epoch: losses at the end or after each epoch [final]");
  command.add_flag("--train-loss", options.train_loss, "record the loss on the training rows, too");
  add_hyperparameters(command, options);

  const auto synthetic = [&](CLI::Option* option) {
    option->group("Synthetic problem");
    options.synthetic_options.push_back(option);
  };
  SyntheticProblem& p = options.synthetic;
  synthetic(command.add_option("--n", p.rows, "training rows [200]"));
  synthetic(command.add_option("--n-val", p.validation_rows, "validation rows [200]"));
  synthetic(command.add_option("--d", p.features, "features [1000]"));
  synthetic(command.add_option("--noise", p.noise,
                               "standard deviation of the noise on the targets [0.5]"));
  synthetic(command.add_option("--density", p.density,
                               "part of the features' entries that is not 0 [0.8]"));
  synthetic(command.add_option("--oracle-density", p.oracle_density,
                               "part of the true weights that is not 0 [0.1]"));
  synthetic(command.add_option("--data-seed", p.seed, "seed of the data [0]"));

  const std::string files = "Your own data";
  command
      .add_option("--features", options.features,
                  "matrix of features, a row an example: .npy or .csv")
      ->group(files);
  command.add_option("--targets", options.targets, "their targets: .npy or .csv")->group(files);
  command
      .add_option("--val-fraction", options.validation_fraction,
                  "part of the rows held out for validation [0.3]")
      ->group(files);
  command.add_option("--split-seed", options.split_seed, "seed of that choice [0]")->group(files);
  command
      .add_option("--val-features", options.validation_features,
                  "validation features instead of held-out rows")
      ->group(files);
  command.add_option("--val-targets", options.validation_targets, "their targets")->group(files);
  command
      .add_flag("--standardize", options.standardize,
                "columns to mean 0 and deviation 1, targets to mean 0, by the training rows")
      ->group(files);

  add_backend_options(command, options.backend);
  command
      .add_option("--shard", options.shard,
                  "i/n: do the i-th of n parts (from 1); processes share a result so")
      ->group("Device");
  command.add_option("--out", options.out,
                     "folder of the result, a Zarr group; what is done there already is kept");
  command.add_option("--config", options.config,
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
  sweep.schedule = parse_schedule(options.schedule);
  sweep.seeds = options.seeds;
  sweep.first_seed = options.first_seed;
  sweep.epochs = options.epochs;
  constexpr std::string_view precisions[] = {"fp32", "fp64"};
  constexpr std::string_view records[] = {"final", "epoch"};
  sweep.precision = one_of("--precision", options.precision, precisions) == "fp32"
                        ? Precision::fp32
                        : Precision::fp64;
  sweep.record_epochs = one_of("--record", options.record, records) == "epoch";
  sweep.train_loss = options.train_loss;
  sweep.problem = read_problem(options);
  sweep.problem_source = problem_source(options);
  const auto rows = static_cast<std::int64_t>(sweep.problem.features.rows);
  if (options.batch.empty())
    sweep.batch_size = std::min<std::int64_t>(20, rows);
  else
    sweep.batch_size = options.batch == "full" ? rows : whole_number(options.batch, "--batch");
  check(sweep);
  return sweep;
}

DriverOptions shard_of(const SweepOptions& options) {
  DriverOptions driver;
  if (options.shard.empty()) return driver;
  const auto parts = split(options.shard, '/');
  if (parts.size() != 2)
    throw InputError(fmt::format("--shard must be of the form i/n, not '{}'", options.shard));
  const auto index = whole_number(parts[0], "--shard");
  const auto count = whole_number(parts[1], "--shard");
  if (index < 1 || index > count)
    throw InputError(fmt::format("--shard {}: i must be from 1 to n", options.shard));
  driver.shard = static_cast<std::size_t>(index - 1);
  driver.shards = static_cast<std::size_t>(count);
  return driver;
}

}  // namespace lrscape::cli
