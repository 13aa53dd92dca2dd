#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "lrscape/backend.hpp"
#include "lrscape/prepared_sweep.hpp"
#include "lrscape/result.hpp"

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
  ResultStore(const std::filesystem::path& path, const PreparedSweep& prepared,
              const Provenance& provenance);
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

/// Throws InputError if the path is not a result, or a chunk of it is damaged.
Result read_result(const std::filesystem::path& path);

}  // namespace lrscape
