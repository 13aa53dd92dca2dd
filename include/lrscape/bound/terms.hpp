#pragma once

#include <cstdint>
#include <span>

namespace lrscape::bound {

/// The three terms of Theorem 1 (see bound/walk.hpp): the initial distance, the noise of the
/// average iterate, and the additional noise of the last iterate.
struct Terms {
  double distance;
  double average;
  double last;
};

/// Evaluates the terms in the literal form of the theorem, at a horizon t <= T. The arguments are
/// eta_1 .. eta_T, G_1 .. G_T, t, D and gamma. A term is infinite where the theorem divides by 0.
/// Throws InputError for a horizon out of range, and for terms that no double holds.
Terms terms(std::span<const double> eta, std::span<const double> norms, std::int64_t horizon,
            double distance, double gamma);

}  // namespace lrscape::bound
