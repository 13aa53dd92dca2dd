#pragma once

#include <stdexcept>
#include <string>

namespace lrscape {

/// What the user can do about an error. The library does not know the options of the command line,
/// so the caller words the remedy: the program lrscape names an option, a script names an argument.
enum class Remedy {
  none,
  cpu,               ///< Use the CPU, which runs everything.
  cpu_or_other_gpu,  ///< Use the CPU, which runs everything, or a GPU that devices() lists.
  cpu_memory,        ///< Use the CPU, which needs no GPU memory.
  automatic_gram,    ///< Use GramMode::automatic, which trains this optimizer on the weights.
  other_result,
  other_result_or_remove,
  reuse_or_remove,  ///< Run the sweep into another result with EarlierRuns, or remove this one.
  rerun_or_remove,  ///< Run the sweep into another result, or remove the damaged one.
  header,           ///< State that the first line of a file holds titles.
  no_header,        ///< State that the first line of a file holds values.
  drop_missing,     ///< Leave out the rows with missing values.
  one_hot,          ///< Encode columns of text.
  fp64,             ///< Train in double precision.
  stage,
  stages,
  fewer_stages,
  fewer_or_longer_stages,
  fewer_threads,
  steps,
  steps_per_epoch,
  own_parameters,
  single_horizon,        ///< Evaluate the bound at this horizon alone.
  all_or_some_horizons,  ///< Ask for all horizons, or name some.
  formula,
  formula_or_method,  ///< Leave out the formula or the method.
};

/// Base of every error that this library throws. The message is one line; for a rejected value it
/// also names the allowed values.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, Remedy remedy = Remedy::none)
      : std::runtime_error(message), remedy_(remedy) {}

  Remedy remedy() const { return remedy_; }

 private:
  Remedy remedy_;
};

/// Unusable input, such as an option, a file or a folder.
class InputError : public Error {
 public:
  using Error::Error;
};

/// The work needs more memory than this machine has.
class MemoryError : public InputError {
 public:
  using InputError::InputError;
};

/// The work stopped early, on request or because results could not be stored. Units that the sink
/// has stored are safe: the same call resumes a sweep, but starts bounds again.
class InterruptedError : public Error {
 public:
  using Error::Error;
};

/// Results could not be written because a disk is full. None of them are kept.
class WriteError : public Error {
 public:
  using Error::Error;
};

/// The device does not exist, this build has no code for it, it has failed, or its memory is too
/// small for even the smallest piece of work.
class DeviceError : public Error {
 public:
  using Error::Error;
};

}  // namespace lrscape
