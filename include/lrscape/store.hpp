#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "lrscape/prepared_sweep.hpp"
#include "lrscape/result.hpp"
#include "lrscape/sink.hpp"

namespace lrscape {

/// How a result was made. Stored with the result, but not compared when a sweep resumes it.
struct Provenance {
  std::string device;
  std::string driver;
  std::string command_line;
};

/// Keeps results on disk, in a Zarr v3 group. A unit is one chunk of each array, and a chunk is written whole or not at
/// all, so that any number of processes can fill one result and a killed one loses only what it was working on.
class StoreSink final : public Sink {
 public:
  /// Creates the result, or opens the one that is there to go on with it. A result keeps the cut that it was created
  /// with: the shape of its chunks. Throws InputError if the path cannot be written or holds anything other than a
  /// result of this sweep, and InterruptedError if the disk is full. `prepared` must outlive the sink.
  StoreSink(const std::filesystem::path& path, const PreparedSweep& prepared,
            const Provenance& provenance);
  ~StoreSink() override;
  StoreSink(StoreSink&&) noexcept;

  Cut cut() const override;
  /// Reads the unit's chunks and checks them.
  State state(const Unit& unit) const override;
  /// Throws InterruptedError if the disk is full or the result has vanished, and InputError if a folder has become
  /// read-only.
  void take(std::span<const Unit> units, std::span<const RunResults> results) override;
  /// Clears away what killed processes have left behind.
  void finish() override;

 private:
  class ResultGroup;
  std::unique_ptr<ResultGroup> group_;
};

/// The cut of the result at the path or, where there is none, the cut that a new result gets. Throws InputError if the
/// path holds anything other than a result of this sweep.
Cut cut_at(const std::filesystem::path& path, const PreparedSweep& prepared);

/// Throws InputError if the path is not a result, or a chunk of it is damaged.
Result read_result(const std::filesystem::path& path);

}  // namespace lrscape
