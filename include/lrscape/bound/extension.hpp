#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lrscape/error.hpp"
#include "lrscape/gradient_norms.hpp"
#include "lrscape/schedule_spec.hpp"

namespace lrscape {

/// Training goes on beyond its horizon, stage by stage, at the base learning rate gamma that was best
/// for the first stage. What has been done stays; the new part of the schedule is chosen so that
/// gamma remains the best one for the longer schedule: the piecewise-constant extension of F.
/// Schaipp's post on training beyond a horizon, and the two-stage case of Schaipp et al. (ICML 2025,
/// see bound/walk.hpp).
struct Extension {
  enum class By {
    factor,  ///< The new steps are those of the longer schedule, times a factor.
    /// The steps keep their size, and the cooldown becomes longer. For wsd. A cooldown has a whole number
    /// of steps: that one whose best base learning rate is nearest to gamma.
    cooldown
  };

  /// constant, or wsd, whose cooldown moves to the end: each stage leaves the one before where its
  /// cooldown begins.
  ScheduleSpec schedule = {"constant", {}};
  std::int64_t stage = 100;   ///< Steps by which each stage ends later than the one before.
  std::int64_t stages = 100;  ///< The first one included.
  By by = By::factor;
  GradientNorms norms = {};
  double distance = 1;
};

struct Stage {
  /// The first step of the new part: where the cooldown of the stage before began, if there is one, so
  /// that stages overlap, or earlier if this one's begins before that.
  std::int64_t start;
  std::int64_t end;      ///< The horizon T.
  double factor;         ///< Of the new part.
  double cooldown;       ///< Part of the steps in the cooldown; 0 if there is none.
  double learning_rate;  ///< gamma times the factor
  double omega;          ///< The bound at T, at gamma.
  double gamma_opt;      ///< The best gamma at T: gamma itself, but for By::cooldown.
  double omega_linear;   ///< The bound of linear decay over T steps, at its own best gamma.
};

struct Extended {
  double gamma;
  std::vector<Stage> stages;
  std::string ended;  ///< Why there are fewer stages than were asked for; empty if there are not.
  Remedy remedy = Remedy::none;  ///< How to get more stages.
};

/// Ends before a stage at which no factor or cooldown keeps gamma the best, or where rounding alone
/// would decide on the factor. Throws InputError for a schedule that cannot be extended.
Extended extend(const Extension& extension, int threads = 0);

/// y = a + b f(T)^c with a, b >= 0, fitted by least squares.
struct Fit {
  double a, b, c;
  double mean_absolute_deviation;
};

/// f(T) = T, and c from -4 to 4.
Fit fit_power(const std::vector<double>& steps, const std::vector<double>& values);

/// f(T) = ln T, and c from -4 to 1.
Fit fit_logarithm(const std::vector<double>& steps, const std::vector<double>& values);

}  // namespace lrscape
