#pragma once

#include <cstddef>
#include <vector>

#include "lrscape/sweep.hpp"

namespace lrscape {

/// Places begin .. end - 1 along an axis.
struct Range {
  std::size_t begin, end;

  std::size_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

/// What is trained and kept as a whole: the runs of one optimizer over a block of learning rates, weight decays and
/// seeds. Its runs are in row-major order of these three.
struct Unit {
  std::size_t optimizer;
  Range learning_rates, weight_decays, seeds;  ///< indices into the sweep's axes

  std::size_t runs() const { return learning_rates.size() * weight_decays.size() * seeds.size(); }
  bool operator==(const Unit&) const = default;
};

/// How a sweep is cut into units: the number of learning rates, weight decays and seeds in each unit. The last unit
/// along an axis may have fewer.
struct Cut {
  std::size_t learning_rates, weight_decays, seeds;

  bool operator==(const Cut&) const = default;
};

/// The cut for a new result. A unit has at least 64 runs, if the sweep has as many, and at most 1,024; at the end of an axis
/// it may have fewer. A sweep of 32,768 runs or more has at least 256 units. A unit that records more than 65,536 epochs
/// a run has fewer runs, so that it holds at most about four million losses.
Cut even_cut(const Sweep& sweep);

/// All units of a sweep in the order in which they are trained: all cells of the first seeds before any cell of the next
/// seeds, so that an unfinished result is a map of fewer seeds.
std::vector<Unit> units_of(const Sweep& sweep, const Cut& cut);

/// One of several processes that share a sweep.
struct Shard {
  std::size_t index = 0;  ///< from 0
  std::size_t count = 1;
};

/// The places of the shard's units in units_of(), rising. Runs are dealt out evenly: two shards differ by at most the
/// largest unit. Throws InputError unless index < count.
std::vector<std::size_t> units_of_shard(const std::vector<Unit>& units, const Shard& shard);

}  // namespace lrscape
