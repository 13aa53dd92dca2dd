#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "lrscape/backend.hpp"
#include "lrscape/unit.hpp"

namespace lrscape {

/// Units that are trained at once. Their runs of one optimizer and one seed are joined into groups across the borders
/// of units, so that small units fill the tiles and blocks of a backend as well as large ones.
class Wave {
 public:
  explicit Wave(const Sweep& sweep) : sweep_(sweep) {}

  void add(const Unit& unit);

  std::size_t runs() const { return runs_; }
  std::span<const Unit> units() const { return units_; }
  std::span<const RunGroup> groups() const { return groups_; }

  /// The results of the units from those of the groups.
  std::vector<RunResults> by_unit(std::span<const RunResults> by_group) const;

 private:
  /// Where the runs of a unit and one of its seeds begin.
  struct Place {
    std::size_t group, first;
  };

  RunGroup& open_group(std::size_t optimizer, std::size_t seed);

  const Sweep& sweep_;
  std::vector<Unit> units_;
  std::vector<std::vector<Place>> places_;  ///< for each unit, for each of its seeds
  std::vector<RunGroup> groups_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> open_;  ///< by optimizer and seed
  std::size_t runs_ = 0;
};

}  // namespace lrscape
