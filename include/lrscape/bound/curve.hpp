#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lrscape/bound/optimum.hpp"

namespace lrscape::bound {

/// S_t and B_t of every horizon t = 1 .. T, entry t - 1 for t, each at its scale.
struct Curve {
  std::vector<double> path;
  std::vector<double> gradients;
  std::vector<Scale> scales = {};  ///< Empty where all are 1.

  ScaledSums at(std::int64_t horizon) const {
    const auto k = static_cast<std::size_t>(horizon - 1);
    return {{path[k], gradients[k]}, scales.empty() ? Scale() : scales[k]};
  }
};

/// How all horizons are found: walk() for each, O(T^2); or a fast multipole method, O(T), which agrees
/// with it to a few 1e-14.
enum class Method { automatic, direct, multipole };

/// Steps from which Method::automatic is the multipole method.
inline constexpr std::size_t multipole_from = 1000;

inline bool uses_multipoles(Method method, std::size_t steps) {
  return method == Method::multipole || (method == Method::automatic && steps >= multipole_from);
}

struct CurveOptions {
  Method method = Method::automatic;
  int threads = 0;             ///< 0 takes every core this process may use.
  std::string_view simd = {};  ///< CPU instruction set by name; empty takes the best.
};

/// The least step above 0 that has all its bits.
inline constexpr double least_step = 0x1p-1022;

inline bool allowed_step(double step) {
  return step == 0 || (step >= least_step && std::isfinite(step));
}

/// eta_t and norms G_t, equally many, at least one: allowed steps, and finite norms >= 0. At a horizon whose last step is 0 B_t is infinite. Results do not depend on the
/// number of threads or the instruction set. Throws InputError for values that are not allowed, whose
/// bounds no double holds, or that do not fit into memory.
Curve curve(std::span<const double> eta, std::span<const double> norms,
            const CurveOptions& options = {});

}  // namespace lrscape::bound
