#pragma once

#include <functional>
#include <span>
#include <vector>

#include "lrscape/bound/curve.hpp"

namespace lrscape::bound {

/// For steps eta_t > 0 with moved_t = eta_t G_t: by step t, sum_{k<t} moved_k^2 over the distance of
/// step k from step t.
using FieldFunction =
    std::function<std::vector<double>(std::span<const double> eta, std::span<const double> moved)>;

/// The curve by such a function, whatever device it runs on. See bound::curve.
Curve multipole_curve(std::span<const double> eta, std::span<const double> norms,
                      const FieldFunction& field);

/// Throws InputError unless eta and norms are what bound::curve wants.
void check_curve(std::span<const double> eta, std::span<const double> norms);

}  // namespace lrscape::bound
