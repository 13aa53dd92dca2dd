#pragma once

#include <stdexcept>
#include <string>

namespace lrscape {

/// The way out of an error. The library knows no option of the command line, so the caller puts the remedy
/// into words: the program lrscape names an option, a script names an argument.
enum class Remedy {
  none,
  cpu,               ///< The CPU runs everything.
  cpu_or_other_gpu,  ///< The CPU runs everything, and devices() lists the GPUs.
  cpu_memory,        ///< The CPU needs no memory of the GPU.
  automatic_gram,  ///< GramMode::automatic leaves out the optimizers that cannot run in Gram space.
  other_result,
  other_result_or_remove,
  rerun_or_remove,  ///< Run again into another result, or remove the damaged one.
  stage,
  stages,
  fewer_stages,
  fewer_or_longer_stages,
  steps,
  steps_per_epoch,
  single_horizon,        ///< Evaluate the bound at this horizon alone.
  all_or_some_horizons,  ///< Ask for all horizons, or name some.
  formula,
  formula_or_method,  ///< Leave out one of the two.
};

/// Base of every error this library throws. The message is one line that names what was given and
/// what is allowed.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, Remedy remedy = Remedy::none)
      : std::runtime_error(message), remedy_(remedy) {}

  Remedy remedy() const { return remedy_; }

 private:
  Remedy remedy_;
};

/// What the caller handed over cannot be used: an option, a file, a folder.
class InputError : public Error {
 public:
  using Error::Error;
};

/// The work stopped before its end, and what was finished is safe: the same call resumes it.
class InterruptedError : public Error {
 public:
  using Error::Error;
};

/// What was found cannot be written: a disk is full or fails. Nothing of it is kept.
class WriteError : public Error {
 public:
  using Error::Error;
};

/// No such device, or the device has failed or has too little memory for even the smallest piece of work.
class DeviceError : public Error {
 public:
  using Error::Error;
};

}  // namespace lrscape
