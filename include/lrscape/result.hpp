#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lrscape/sweep.hpp"

namespace lrscape {

/// A run diverges at the first epoch, counted from 1, after which a weight (in Gram space, a
/// coordinate) is not finite. If there is no such epoch, the run diverges at the last epoch if its
/// final validation loss is not finite.
enum class RunStatus : std::uint8_t { ok = 0, diverged = 1, not_run = 255 };

/// The results of a number of runs. Losses are mean squared errors at the recorded epochs, in
/// order. They are +infinity from the epoch at which the run diverged, and wherever the loss is not
/// finite.
struct RunResults {
  std::vector<double> validation_loss;          ///< runs x recorded epochs
  std::vector<double> train_loss;               ///< runs x recorded epochs, or empty
  std::vector<RunStatus> status;                ///< runs
  std::vector<std::int32_t> diverged_at_epoch;  ///< runs; -1 for runs that did not diverge
  /// Runs x features, after the last epoch, or empty. NaN for runs that diverged.
  std::vector<double> weights;
};

/// Results of `runs` runs that have not run yet: status not_run, losses and weights NaN.
RunResults empty_results(const Sweep& sweep, std::size_t runs);

/// Copies run `from_run` of `from` to run `to_run` of `to`, which records the same numbers.
void copy_run(const RunResults& from, std::size_t from_run, RunResults& to, std::size_t to_run);

/// An axis of configurations: a dimension of a result between "optimizer" and "learning_rate".
struct ResultAxis {
  std::string name;  ///< "schedule", the name of a parameter, "batch_size" or "epochs"
  std::vector<std::string> labels;  ///< the text of each value
  std::vector<double> values = {};  ///< the numbers; empty for schedules
};

/// An axis of numbers, each labelled with the shortest text that reads back as the number.
ResultAxis number_axis(std::string name, std::vector<double> values);

/// The optimizers of a sweep as labels: their names, with the hyper-parameters in which optimizers
/// of the same name differ ("sgd:momentum=0.9").
std::vector<std::string> optimizer_labels(const Sweep& sweep);

/// The axes of a sweep's configurations other than the optimizer: those of Axes with several
/// values.
std::vector<ResultAxis> result_axes(const Sweep& sweep);

/// The result of a whole sweep in memory: the axes, and the runs in row-major order of (optimizer,
/// further axes, learning rate, weight decay, seed). The configuration is the row-major index over
/// the optimizers and the further axes.
struct Result : RunResults {
  std::vector<std::string> optimizers;
  std::vector<ResultAxis> axes = {};
  std::vector<double> learning_rates;
  std::vector<double> weight_decays;
  std::vector<std::int64_t> seeds;
  std::vector<std::int64_t> epochs;  ///< Recorded epochs, from 1; empty if only the last is.
  Precision precision = Precision::fp32;
  /// Attributes of a result read from disk, as JSON; otherwise empty. `configuration` is JSON text
  /// itself, or an object in results of earlier versions.
  std::string attributes;

  std::size_t recorded_epochs() const { return epochs.empty() ? 1 : epochs.size(); }
  /// The recorded epochs of a configuration's runs. Runs of fewer epochs than others have no later
  /// losses.
  std::size_t recorded_epochs_of(std::size_t configuration) const;
  std::size_t run_count() const { return status.size(); }
  std::size_t configuration_count() const;
  /// The index of a configuration along the optimizers and each of `axes`.
  std::vector<std::size_t> place_of(std::size_t configuration) const;
  /// "adamw-pt beta2=0.99"
  std::string label_of(std::size_t configuration) const;
};

}  // namespace lrscape
