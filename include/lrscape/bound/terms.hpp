#pragma once

#include <cstdint>
#include <span>

namespace lrscape::bound {

/// The three terms of Theorem 1 (see bound/walk.hpp): the distance to be covered, the average
/// iterate's noise, and what the last iterate adds to it.
struct Terms {
  double distance;
  double average;
  double last;
};

/// In the theorem's literal form, at horizon t <= T of the given steps and norms. Infinite where the
/// theorem divides by 0. Throws InputError for a horizon out of range, and for terms that no double holds.
Terms terms(std::span<const double> eta, std::span<const double> norms, std::int64_t horizon,
            double distance, double gamma);

}  // namespace lrscape::bound
