#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lrscape/optimizer_spec.hpp"
#include "lrscape/problem.hpp"
#include "lrscape/schedule_spec.hpp"
#include "lrscape/space.hpp"

namespace lrscape {

enum class Precision { fp32, fp64 };
std::string_view name_of(Precision precision);

/// Whether a GPU may take tensor cores and approximate quotients and roots: then the bits depend on the
/// device. README.md, "What is guaranteed", says how near the losses are to those of fp64.
enum class MathMode { reproducible, fast };
std::string_view name_of(MathMode math);

/// Which optimizers run in Gram space: those that gain by it, none, or all.
enum class GramMode { automatic, off, on };

/// Everything that decides the numbers of a sweep: one training run for each combination of
/// optimizer, learning rate, weight decay and seed.
struct Sweep {
  Problem problem;
  std::vector<OptimizerSpec> optimizers;
  ScheduleSpec schedule = {"constant", {}};
  std::vector<double> learning_rates;
  std::vector<double> weight_decays;
  std::int64_t first_seed = 0;
  std::int64_t seeds = 1;
  std::int64_t epochs = 50;
  std::int64_t batch_size = 20;
  Precision precision = Precision::fp32;
  MathMode math = MathMode::reproducible;
  GramMode gram = GramMode::automatic;
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

/// Multiply-adds for the predictions and gradients of one run in that space.
double multiply_adds_per_run(const Sweep& sweep, Space space);

}  // namespace lrscape
