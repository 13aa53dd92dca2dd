#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lrscape/prepared_sweep.hpp"
#include "lrscape/result.hpp"
#include "lrscape/sink.hpp"

namespace lrscape {

/// How a result was made. Stored with the result, but not compared when a sweep resumes.
struct Provenance {
  std::string device;
  std::string driver;
  std::string command_line;
};

/// Stores results on disk, in a Zarr v3 group. A unit is one chunk of each array, and a chunk is
/// written completely or not at all. Any number of processes can therefore fill one result: each
/// trains units that no other process has claimed. A killed process loses only the units that it
/// was training, and its claims.
class StoreSink final : public Sink {
 public:
  /// Creates the result, or opens an existing one to continue it. A result keeps the cut with which
  /// it was created, which is the shape of its chunks. Throws InputError if the path cannot be
  /// written or holds anything other than a result of this sweep, and InterruptedError if the disk
  /// is full. `prepared` must outlive the sink.
  StoreSink(const std::filesystem::path& path, const PreparedSweep& prepared,
            const Provenance& provenance);
  ~StoreSink() override;
  StoreSink(StoreSink&&) noexcept;

  Cut cut() const override;
  /// Reads and checks the chunks of the unit. Throws InputError if a chunk cannot be read.
  State state(const Unit& unit) const override;
  /// Always true on a file system without locks.
  bool claim(const Unit& unit) override;
  void release(const Unit& unit) override;
  /// Throws InterruptedError if the disk is full or the result was moved or removed, and InputError
  /// if a folder has become read-only.
  void take(std::span<const Unit> units, std::span<const RunResults> results) override;
  /// Removes the temporary files of killed processes. Throws InterruptedError if the result was
  /// moved or removed.
  void finish() override;

 private:
  class ResultGroup;
  std::unique_ptr<ResultGroup> group_;
};

/// The cut of the result at `path` or, if there is none, the cut of a new result. Throws InputError
/// if the path holds anything other than a result of this sweep.
Cut cut_at(const std::filesystem::path& path, const PreparedSweep& prepared);

/// The units of the shard that are missing or damaged in the result at `path`; every unit of the
/// shard if there is no result. Reads and checks the chunks of every unit, and writes nothing.
/// Throws as cut_at() does.
std::vector<Unit> missing_units(const std::filesystem::path& path, const PreparedSweep& prepared,
                                const Shard& shard = {});

/// Reads the result of a sweep. Runs without a chunk have status not_run and loss NaN. Throws
/// InputError if `path` is not a result of a sweep or cannot be read, or if a chunk is damaged.
Result read_result(const std::filesystem::path& path);

}  // namespace lrscape
