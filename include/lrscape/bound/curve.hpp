#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lrscape/bound/walk.hpp"

namespace lrscape::bound {

/// S_t and B_t of one horizon 1 <= t <= T of steps and norms that curve() below would allow, by a walk.
Sums<double> at_horizon(std::span<const double> eta, std::span<const double> norms,
                        std::int64_t horizon);

/// S_t and B_t of every horizon t = 1 .. T, entry t - 1 for t.
struct Curve {
  std::vector<double> steps;
  std::vector<double> gradients;

  Sums<double> at(std::int64_t horizon) const {
    const auto k = static_cast<std::size_t>(horizon - 1);
    return {steps[k], gradients[k]};
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

/// What S_t and B_t can hold without leaving the range of a double: steps of 0 or of `least_step` to
/// `most_step`, and gradient norms >= 0 of which the largest is 0 or within the norms' limits.
inline constexpr double least_step = 0x1p-1022;
inline constexpr double most_step = 1e280;
inline constexpr double least_largest_norm = 1e-140;
inline constexpr double most_largest_norm = 1e140;

inline bool allowed_step(double step) {
  return step == 0 || (step >= least_step && step <= most_step);
}

/// Throws InputError for others.
void check_steps(std::span<const double> eta);
void check_norms(std::span<const double> norms);

/// eta_t and norms G_t, equally many, at least one, that check_steps() and check_norms() allow. At a horizon whose last step is 0
/// B_t is infinite. Results do not depend on the number of threads or the instruction set. Throws
/// InputError for values that are not allowed or do not fit into memory.
Curve curve(std::span<const double> eta, std::span<const double> norms,
            const CurveOptions& options = {});

}  // namespace lrscape::bound
