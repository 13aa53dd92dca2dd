#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "cli/data_options.hpp"
#include "lrscape/device.hpp"
#include "lrscape/sweep.hpp"

namespace lrscape::cli {

/// The options of `lrscape sweep`, as given.
struct SweepOptions {
  std::vector<std::string> optimizers;
  std::string learning_rates;
  std::string weight_decays;
  HyperparameterValues hyperparameters;  ///< only those given
  std::vector<std::string> schedules;
  std::string epochs;
  std::string batch;
  std::int64_t seeds = 1;
  std::int64_t first_seed = 0;
  Precision precision = Precision::fp32;
  MathMode math = MathMode::reproducible;
  GramMode gram = GramMode::automatic;
  bool record_epochs = false;
  bool train_loss = false;
  bool save_weights = false;

  DataOptions data;

  DeviceOptions backend;
  std::string shard;
  std::string out;
  std::vector<std::string> reuse;
  std::string config;
  bool dry_run = false;
  bool quiet = false;
  bool json = false;
};

void add_sweep_options(Command& command, SweepOptions& options);

// Options shared with other commands.

/// `cuda` explains the device name cuda in help.
void add_device_options(Command& command, DeviceOptions& options, std::string_view cuda);
void add_precision_option(Command& command, Precision& precision);
void add_simd_option(Command& command, std::string& simd);
void add_config_option(Command& command, std::string& config);

/// Reads the files and builds the grid, but does not check the sweep. Appends what there is to say
/// about the files to `notes`. Throws InputError for files and values that it cannot read.
Sweep make_sweep(const SweepOptions& options, std::vector<io::Note>& notes);

}  // namespace lrscape::cli
