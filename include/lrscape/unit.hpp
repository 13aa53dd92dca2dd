#pragma once

#include <cstddef>
#include <vector>

#include "lrscape/sweep.hpp"

namespace lrscape {

/// Indices begin .. end - 1 along an axis.
struct Range {
  std::size_t begin, end;

  std::size_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

/// The piece of a sweep that is trained and stored as a whole: the runs of one configuration
/// over a block of learning rates, weight decays and seeds. Its runs are in row-major order of
/// (learning rate, weight decay, seed).
struct Unit {
  std::size_t configuration;                   ///< index into PreparedSweep::configurations()
  Range learning_rates, weight_decays, seeds;  ///< indices into the sweep's axes

  std::size_t runs() const { return learning_rates.size() * weight_decays.size() * seeds.size(); }
  bool operator==(const Unit&) const = default;
};

/// The size of the units of a sweep: the number of learning rates, weight decays and seeds in each
/// unit. The last unit along an axis may have fewer.
struct Cut {
  std::size_t learning_rates, weight_decays, seeds;

  bool operator==(const Cut&) const = default;
};

/// The cut for a new result. A unit has 64 to 1,024 runs; it has fewer at the end of an axis and in
/// a sweep of fewer than 64 runs. A sweep of at least 32,768 runs has at least 256 units. If a run
/// records more than 65,536 epochs and weights, a unit has fewer than 64 runs, so that each of its
/// arrays holds at most about four million numbers.
Cut even_cut(const Sweep& sweep);

/// All units of a sweep in training order: all cells of the first seeds before any cell of the next
/// seeds, so that an unfinished result is a map over fewer seeds.
std::vector<Unit> units_of(const Sweep& sweep, const Cut& cut);

/// One of several processes that share a sweep.
struct Shard {
  std::size_t index = 0;  ///< from 0
  std::size_t count = 1;
};

/// The indices of the shard's units in `units`, the result of units_of(), in increasing order. Runs
/// are shared out evenly: the numbers of runs of two shards differ by at most the size of the
/// largest unit. Throws InputError unless index < count.
std::vector<std::size_t> units_of_shard(const std::vector<Unit>& units, const Shard& shard);

}  // namespace lrscape
