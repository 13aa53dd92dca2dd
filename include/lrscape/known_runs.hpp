#pragma once

#include "lrscape/result.hpp"
#include "lrscape/unit.hpp"

namespace lrscape {

/// Results of runs that are known before a sweep trains anything, such as those of an earlier
/// sweep.
class KnownRuns {
 public:
  virtual ~KnownRuns() = default;

  /// The results of the runs of a unit, in the order of its runs. A run that is not known has
  /// status not_run.
  virtual RunResults of(const Unit& unit) const = 0;
};

}  // namespace lrscape
