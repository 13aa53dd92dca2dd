#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lrscape/error.hpp"
#include "lrscape/gradient_norms.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape {

/// Continues training beyond its horizon, stage by stage, at the base learning rate gamma that was
/// best for the first stage. Past steps stay as they are; the new part of the schedule is chosen so
/// that gamma remains the best one for the longer schedule. This is the piecewise-constant
/// extension of F. Schaipp's post on training beyond a horizon, and the two-stage case of Schaipp
/// et al. (ICML 2025, see bound/walk.hpp).
struct Extension {
  enum class By {
    factor,  ///< Multiplies the new steps of the longer schedule by a factor.
    /// For wsd: keeps the size of the steps and lengthens the cooldown. The cooldown has a whole
    /// number of steps, chosen so that the best base learning rate is nearest to gamma.
    cooldown
  };

  /// constant or wsd. The cooldown of wsd moves to the end: each stage branches off the
  /// previous one where the cooldown of the previous one begins, or earlier.
  ScheduleSpec schedule = {"constant", {}};
  std::int64_t stage = 100;   ///< Steps of the first stage, and steps that each stage adds.
  std::int64_t stages = 100;  ///< Number of stages, including the first.
  By by = By::factor;
  GradientNorms norms = {};
  double distance = 1;
};

struct Stage {
  /// The first step of the new part, counted from 1. With a cooldown, stages overlap: the new part
  /// begins where the cooldown of the previous stage or the cooldown of this stage begins,
  /// whichever is earlier.
  std::int64_t start;
  std::int64_t end;      ///< The horizon T.
  double factor;         ///< Multiplier of the new part.
  double cooldown;       ///< N as a fraction of T + 1 (see Envelope); 0 without a cooldown.
  double learning_rate;  ///< gamma times the factor
  double omega;          ///< The bound at T with gamma.
  double gamma_opt;      ///< The best gamma at T. Differs from gamma only with By::cooldown.
  double omega_linear;   ///< The bound of linear decay over T steps at its own best gamma.
};

struct Extended {
  double gamma;
  std::vector<Stage> stages;
  std::string ended;             ///< Why stages are missing; empty if none are.
  Remedy remedy = Remedy::none;  ///< How to get more stages.
};

/// Computes the stages on `threads` threads, or on every core if `threads` is 0. Stops before a
/// stage at which no factor or cooldown keeps gamma the best, or at which rounding alone would
/// determine the factor; Extended::ended then holds the reason. Throws InputError for a schedule
/// that cannot be extended.
Extended extend(const Extension& extension, int threads = 0);

/// y = a + b f(T)^c with a, b >= 0, fitted by least squares.
struct Fit {
  double a, b, c;
  double mean_absolute_deviation;
};

/// Fits with f(T) = T and c from -4 to 4. `steps` holds T, `values` holds y. Throws InputError for
/// fewer than three points.
Fit fit_power(const std::vector<double>& steps, const std::vector<double>& values);

/// Fits with f(T) = ln T and c from -4 to 1; otherwise like fit_power().
Fit fit_logarithm(const std::vector<double>& steps, const std::vector<double>& values);

}  // namespace lrscape
