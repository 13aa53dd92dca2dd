#pragma once

#include <functional>
#include <span>

#include "lrscape/bound/curve.hpp"

namespace lrscape::bound {

/// For steps eta_t > 0 and norms G_t, all equally many: sets field[t] to sum_{k<t} (eta_k G_k)^2 over
/// the distance of step k from step t.
using FieldFunction = std::function<void(std::span<const double> eta, std::span<const double> norms,
                                         std::span<double> field)>;

/// The curve by such a function, whatever device it runs on. See bound::curve.
Curve multipole_curve(std::span<const double> eta, std::span<const double> norms, int threads,
                      const FieldFunction& field_of);

/// bound::curve of what it allows, before its repair (see scaling.hpp).
Curve raw_curve(std::span<const double> eta, std::span<const double> norms,
                const CurveOptions& options);

/// S_t and B_t of one horizon 1 <= t <= T of such steps and norms, by a walk.
Sums<double> at_horizon(std::span<const double> eta, std::span<const double> norms,
                        std::int64_t horizon);

}  // namespace lrscape::bound
