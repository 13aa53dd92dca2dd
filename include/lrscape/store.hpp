#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lrscape/known_runs.hpp"
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

/// The runs that earlier results share with a sweep: those identical in everything that determines
/// their bits. Such a run has the same configuration (optimizer with all hyper-parameters, values
/// of the schedule, batch size and epochs), learning rate, weight decay, seed, data, precision and
/// space. Earlier results may be unfinished, may have other axes, and may record further losses.
class EarlierRuns final : public KnownRuns {
 public:
  /// Reads the results, with all checksums. Throws as read_result() does, and InputError if the
  /// sweep uses fast math, whose bits depend on the device. `prepared` must outlive the object.
  EarlierRuns(std::span<const std::filesystem::path> results, const PreparedSweep& prepared);
  ~EarlierRuns() override;
  EarlierRuns(EarlierRuns&&) noexcept;

  RunResults of(const Unit& unit) const override;

  /// For each result without a single run of the sweep, a sentence that says why.
  std::span<const std::string> warnings() const;

 private:
  class Earlier;
  const Sweep& sweep_;
  std::vector<std::size_t> epochs_;  ///< by configuration
  std::vector<Earlier> earlier_;
  std::vector<std::string> warnings_;
};

/// Reads the result of a sweep, with the weights of its runs if `weights` is true and the sweep has
/// saved them. Runs without a chunk have status not_run and loss NaN. Throws InputError if `path`
/// is not a result of a sweep or cannot be read, or if a chunk is damaged.
Result read_result(const std::filesystem::path& path, bool weights = false);

}  // namespace lrscape
