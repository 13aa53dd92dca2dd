#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lrscape/bound/optimum.hpp"

namespace lrscape::bound {

/// S_t and B_t of every horizon t = 1 .. T: entry t - 1 for horizon t, each entry at its own scale.
struct Curve {
  std::vector<double> path;
  std::vector<double> gradients;
  std::vector<Scale> scales = {};  ///< Empty if no entry is rescaled.

  ScaledSums at(std::int64_t horizon) const {
    const auto k = static_cast<std::size_t>(horizon - 1);
    return {{path[k], gradients[k]}, scales.empty() ? Scale() : scales[k]};
  }
};

/// How to evaluate all horizons: `direct` calls walk() for each horizon, O(T^2); `multipole` is a
/// fast multipole method, O(T), which agrees with walk() to a few 1e-14.
enum class Method { automatic, direct, multipole };

/// The number of steps from which Method::automatic uses the multipole method.
inline constexpr std::size_t multipole_from = 1000;

inline bool uses_multipoles(Method method, std::size_t steps) {
  return method == Method::multipole || (method == Method::automatic && steps >= multipole_from);
}

struct CurveOptions {
  Method method = Method::automatic;
  int threads = 0;             ///< 0 uses every core available to this process.
  std::string_view simd = {};  ///< CPU instruction set by name; empty chooses the best.
};

/// The smallest positive step with full precision: the smallest normal double.
inline constexpr double least_step = 0x1p-1022;

inline bool allowed_step(double step) {
  return step == 0 || (step >= least_step && std::isfinite(step));
}

/// Evaluates S_t and B_t at every horizon. `eta` holds eta_1 .. eta_T, each an allowed_step(), and
/// `norms` holds G_1 .. G_T, each finite and >= 0; T >= 1. B_t is infinite at a horizon whose last
/// step is 0. Results do not depend on the number of threads or the instruction set. Throws
/// InputError for values that are not allowed, for an unknown instruction set, for bounds that no
/// double holds, and for curves that do not fit into memory.
Curve curve(std::span<const double> eta, std::span<const double> norms,
            const CurveOptions& options = {});

/// The entry of the last horizon alone, T, in one walk of O(T). The bits may differ from those of
/// the multipole method in the last digits. Throws InputError as curve() does.
ScaledSums last_horizon(std::span<const double> eta, std::span<const double> norms);

}  // namespace lrscape::bound
