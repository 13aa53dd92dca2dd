#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lrscape/sweep.hpp"

namespace lrscape {

/// A run has diverged at the first epoch that leaves a weight, in Gram space a coordinate, that is not
/// finite or, if none does, at the last epoch if its final validation loss is not finite.
enum class RunStatus : std::uint8_t { ok = 0, diverged = 1, not_run = 255 };

/// What some runs came to. Losses hold, for each run, its recorded epochs in order; +infinity
/// stands for each one from the epoch at which the run diverged, and for any other not finite.
struct RunResults {
  std::vector<double> validation_loss;          ///< runs x recorded epochs
  std::vector<double> train_loss;               ///< likewise, or empty
  std::vector<RunStatus> status;                ///< runs
  std::vector<std::int32_t> diverged_at_epoch;  ///< runs; -1 for those that did not diverge
  std::vector<double> weights;                  ///< runs x features at the end, or empty
};

/// Room for the results of `runs` runs, none of them made yet.
RunResults empty_results(const Sweep& sweep, std::size_t runs, bool keep_weights);

/// A result in memory. Arrays are in row-major order of (optimizer, learning rate, weight decay,
/// seed, recorded epoch); those without the last where it makes no sense.
struct Result {
  std::vector<std::string> optimizers;
  std::vector<double> learning_rates;
  std::vector<double> weight_decays;
  std::vector<std::int64_t> seeds;
  std::vector<std::int64_t> epochs;  ///< Those recorded; empty if only the last was.
  Precision precision = Precision::fp32;
  std::vector<double> validation_loss;
  std::vector<double> train_loss;  ///< Empty if it was not asked for.
  std::vector<RunStatus> status;
  std::vector<std::int32_t> diverged_at_epoch;
  std::string attributes;  ///< Those of a result on disk, as JSON.

  std::size_t recorded_epochs() const { return epochs.empty() ? 1 : epochs.size(); }
  std::size_t run_count() const { return status.size(); }
};

}  // namespace lrscape
