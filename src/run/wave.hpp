#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "lrscape/backend.hpp"
#include "lrscape/unit.hpp"

namespace lrscape {

/// Units that are trained together. A group holds runs of one configuration and one seed, possibly
/// from several units, so that small units fill the tiles and blocks of a backend as well as large
/// ones.
class Wave {
 public:
  explicit Wave(const Sweep& sweep) : sweep_(sweep) {}

  /// Adds a unit, of which some runs may be `known` (see KnownRuns) and are not trained.
  void add(const Unit& unit, RunResults known = {});

  bool empty() const { return units_.empty(); }
  /// The runs to train.
  std::size_t runs() const { return runs_; }
  std::size_t known_runs() const { return known_runs_; }
  std::span<const Unit> units() const { return units_; }
  std::span<const RunGroup> groups() const { return groups_; }

  /// Converts the results of the groups into the results of the units, with the known runs. Can be
  /// called once.
  std::vector<RunResults> by_unit(std::span<const RunResults> by_group);

 private:
  /// The place of a unit's runs of one seed that are trained: their group, and the first run in it.
  struct Place {
    std::size_t group, first;
  };

  RunGroup& open_group(std::size_t configuration, std::size_t seed);

  const Sweep& sweep_;
  std::vector<Unit> units_;
  std::vector<RunResults> known_;           ///< by unit; empty if no run is known
  std::vector<std::vector<Place>> places_;  ///< by unit and seed of the unit
  std::vector<RunGroup> groups_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> open_;  ///< by configuration and seed
  std::size_t runs_ = 0;
  std::size_t known_runs_ = 0;
};

}  // namespace lrscape
