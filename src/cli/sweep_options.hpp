#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <string>

#include "lrscape/device.hpp"
#include "lrscape/problem.hpp"
#include "lrscape/sweep.hpp"
#include "lrscape/unit.hpp"

namespace lrscape::cli {

/// The options of `lrscape sweep`, as given.
struct SweepOptions {
  std::string optimizers;
  std::string learning_rates;
  std::string weight_decays;
  std::map<std::string, double> hyperparameters;  ///< those given
  std::string schedule = "constant";
  std::int64_t epochs = 50;
  std::string batch;
  std::int64_t seeds = 1;
  std::int64_t first_seed = 0;
  std::string precision = "fp32";
  std::string math = "reproducible";
  std::string gram = "auto";
  std::string record = "final";
  bool train_loss = false;

  SyntheticProblem synthetic;
  std::vector<const CLI::Option*> synthetic_options, split_options;
  std::string features, targets, validation_features, validation_targets;
  double validation_fraction = 0.3;
  std::uint64_t split_seed = 0;
  bool standardize = false;

  DeviceOptions backend;
  std::string shard;
  std::string out;
  std::string config;
  bool dry_run = false;
  bool quiet = false;
};

void add_sweep_options(CLI::App& command, SweepOptions& options);

/// Where the work is done: shared with other commands.
void add_backend_options(CLI::App& command, DeviceOptions& options, std::string_view cuda);

/// Reads the files, makes the grid. Throws InputError for what cannot be read; the sweep is still to be checked.
Sweep make_sweep(const SweepOptions& options);

/// Reads --precision.
Precision parse_precision(std::string_view text);

/// Reads --shard i/n.
Shard shard_of(const SweepOptions& options);

}  // namespace lrscape::cli
