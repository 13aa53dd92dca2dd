#pragma once

#include <functional>
#include <span>

#include "lrscape/bound/curve.hpp"

namespace lrscape::bound {

/// Sets field[t] to sum_{k<t} (eta_k G_k)^2 / (distance from step k to step t), for steps eta_t > 0
/// and norms G_t. All three spans have the same size.
using FieldFunction = std::function<void(std::span<const double> eta, std::span<const double> norms,
                                         std::span<double> field)>;

/// Computes bound::curve with `field_of`, which may run on any device.
Curve multipole_curve(std::span<const double> eta, std::span<const double> norms, int threads,
                      const FieldFunction& field_of);

/// bound::curve for checked input, without repair() (see scaling.hpp).
Curve raw_curve(std::span<const double> eta, std::span<const double> norms,
                const CurveOptions& options);

/// S_t and B_t of one horizon 1 <= t <= T, by a walk. For checked steps and norms.
Sums<double> at_horizon(std::span<const double> eta, std::span<const double> norms,
                        std::int64_t horizon);

}  // namespace lrscape::bound
