#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lrscape/sweep.hpp"

namespace lrscape {

/// What a result says about how it came about; kept beside the numbers, not part of what decides
/// whether two results may be mixed.
struct Provenance {
  std::string device;
  std::string driver;
  std::string command_line;
};

/// A sweep's result on disk, a Zarr v3 group, open for writing. Its chunks are units of work: each
/// is written at once or not at all, so that any number of processes can fill one result and a
/// killed one loses only what it was working on.
class ResultStore {
 public:
  /// Creates the result, or opens the one that is there to go on with it. Throws InputError if the
  /// path cannot be written or holds anything else than a result of this very sweep.
  ResultStore(const std::filesystem::path& path, const Sweep& sweep, const Provenance& provenance);
  ~ResultStore();
  ResultStore(ResultStore&&) noexcept;

  std::size_t unit_count() const;
  /// The runs of unit k: learning rate outer, weight decay inner.
  RunGroup unit(std::size_t k) const;

  enum class State { missing, damaged, done };
  /// Reads the unit's chunks and checks them.
  State state(std::size_t k) const;

  /// Throws InterruptedError if the disk is full.
  void write(std::size_t k, const RunResults& result);

  /// Clears away what killed processes have left behind.
  void tidy();

 private:
  struct Layout;
  std::unique_ptr<Layout> layout_;
};

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
  std::string attributes;  ///< The group's, as JSON.

  std::size_t recorded_epochs() const { return epochs.empty() ? 1 : epochs.size(); }
  std::size_t run_count() const { return status.size(); }
};

/// Throws InputError if the path is not a result, or a chunk of it is damaged.
Result read_result(const std::filesystem::path& path);

}  // namespace lrscape
