#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/problem.hpp"
#include "lrscape/schedule_choice.hpp"
#include "lrscape/space.hpp"

namespace lrscape {

enum class Precision { fp32, fp64 };

/// Whether a GPU may take tensor cores and approximate quotients and roots: then the bits depend on the
/// device. README.md, "What is guaranteed", says how near the losses are to those of fp64.
enum class MathMode { reproducible, fast };
std::string_view name_of(MathMode math);

/// Which optimizers run in Gram space: those that gain by it, none, or all.
enum class GramChoice { automatic, off, on };

/// Everything that decides the numbers of a sweep: one training run for each combination of
/// optimizer, learning rate, weight decay and seed.
struct Sweep {
  Problem problem;
  std::vector<Choice> optimizers;
  ScheduleChoice schedule = {{"constant", {}}};
  std::vector<double> learning_rates;
  std::vector<double> weight_decays;
  std::int64_t first_seed = 0;
  std::int64_t seeds = 1;
  std::int64_t epochs = 50;
  std::int64_t batch_size = 20;
  Precision precision = Precision::fp32;
  MathMode math = MathMode::reproducible;
  GramChoice gram = GramChoice::automatic;
  bool record_epochs = false;  ///< Losses after every epoch, not after the last alone.
  bool train_loss = false;     ///< The loss on the training rows, too.
  /// For each seed the order of the rows, epochs x rows, if it is not to be drawn: see row_order().
  std::vector<std::vector<std::int32_t>> row_orders;
  std::string problem_source;  ///< Where the problem is from, for people.

  /// Steps an epoch: the last batch holds what is left over.
  std::int64_t steps_per_epoch() const {
    const auto rows = static_cast<std::int64_t>(problem.features.rows);
    return (rows + batch_size - 1) / batch_size;
  }
  std::int64_t steps() const { return epochs * steps_per_epoch(); }
  std::int64_t recorded_epochs() const { return record_epochs ? epochs : 1; }
};

/// Throws InputError that names the first thing wrong with it.
void check(const Sweep& sweep);

/// The space that runs of each optimizer are made in. Decided by the optimizer, the data, the epochs and the
/// precision, so that a run has the same bits everywhere, whatever else is in its sweep: chosen
/// automatically, Gram space is for optimizers that commute with rotations, if there are fewer rows than
/// features, no batch holds a row twice, 64 runs would repay the products of all rows, and the precision has
/// the digits for these. To know the last takes as long as the products of the training rows.
std::vector<Space> spaces_of(const Sweep& sweep);

/// Multiply-adds for the predictions and gradients of one run in that space.
double multiply_adds_per_run(const Sweep& sweep, Space space);

/// Runs of one optimizer and one seed: run k trains with learning_rate[k] and weight_decay[k].
struct RunGroup {
  std::size_t optimizer;  ///< Index into Sweep::optimizers.
  std::size_t seed;       ///< Counted from 0: the seed is Sweep::first_seed + seed.
  std::vector<double> learning_rate;
  std::vector<double> weight_decay;
};

/// A run has diverged at the first epoch that leaves a weight, in Gram space a coordinate, that is not
/// finite or, if none does, at the last epoch if its final validation loss is not finite.
enum class RunStatus : std::uint8_t { ok = 0, diverged = 1, not_run = 255 };

/// What a unit's runs came to. Losses hold, for each run, its recorded epochs in order; +infinity
/// stands for each one from the epoch at which the run diverged, and for any other not finite.
struct RunResults {
  std::vector<double> validation_loss;          ///< runs x recorded epochs
  std::vector<double> train_loss;               ///< likewise, or empty
  std::vector<RunStatus> status;                ///< runs
  std::vector<std::int32_t> diverged_at_epoch;  ///< runs; -1 for those that did not diverge
  std::vector<double> weights;                  ///< runs x features at the end, or empty
};

/// Room for the results of `runs` runs, none of them made yet.
RunResults empty_result(const Sweep& sweep, std::size_t runs, bool keep_weights);

}  // namespace lrscape
