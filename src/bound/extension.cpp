#include "lrscape/bound/extension.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <limits>

#include "base/memory.hpp"
#include "base/parallel.hpp"
#include "base/threads.hpp"
#include "bound/cooldown_search.hpp"
#include "bound/history.hpp"
#include "bound/multipole_curve.hpp"
#include "bound/scaling.hpp"
#include "lrscape/backend.hpp"
#include "lrscape/bound/curve.hpp"
#include "lrscape/bound/optimum.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule/constant.hpp"
#include "lrscape/schedule/wsd.hpp"
#include "lrscape/stop.hpp"

namespace lrscape {
namespace {

using bound::ScaledSums;

class Extender {
 public:
  explicit Extender(const Extension& extension)
      : extension_(extension),
        norms_(evaluate(extension.norms, horizon(extension.stages - 1))),
        scale_{0, bound::scale_norms(norms_)},
        history_(horizon(extension.stages - 1)) {}

  Extended run(int threads) {
    const auto first = evaluate(extension_.schedule, horizon(0), 1);
    const auto sums = sums_of(first, norms(0, first.size()));
    product_ = std::log(sums.path) + std::log(sums.gradients);
    gamma_ = bound::optimal_gamma(sums, extension_.distance);
    if (!(gamma_ > 0 && std::isfinite(gamma_)))
      throw InputError(
          "the first stage has no best learning rate: its bound is 0 or infinite, or tiny compared "
          "with those of later stages");
    Extended result{gamma_, {}, {}};
    result.stages.push_back(stage(0, 0, 1, extension_.schedule, sums));
    keep(0, extension_.schedule, first, 1);
    try {
      for (std::int64_t k = 1; k < extension_.stages; ++k) {
        end_if_stopped();
        result.stages.push_back(extension_.by == Extension::By::factor ? by_factor(k)
                                                                       : by_cooldown(k));
      }
    } catch (const InputError& reason) {  // Keep the stages found so far.
      result.ended =
          fmt::format("stage {}: {}", result.stages.size() + 1, std::string_view(reason.what()));
      result.remedy = reason.remedy();
    }
    add_linear_decay(result, threads);
    return result;
  }

 private:
  std::int64_t horizon(std::int64_t k) const { return (k + 1) * extension_.stage; }
  std::span<const double> norms(std::size_t begin, std::size_t end) const {
    return std::span(norms_).subspan(begin, end - begin);
  }
  /// Scales only the norms: steps lie between 1 and the least multiplier times the least factor.
  ScaledSums sums_of(std::span<const double> eta, std::span<const double> its_norms) const {
    return {bound::at_horizon(eta, its_norms, std::ssize(eta)), scale_};
  }

  Stage stage(std::int64_t k, std::int64_t kept, double factor, const ScheduleSpec& schedule,
              const ScaledSums& sums) const {
    const double distance = extension_.distance;
    return {.start = kept + 1,
            .end = horizon(k),
            .factor = factor,
            .cooldown = schedule.envelope.cooldown_fraction(horizon(k)),
            .learning_rate = gamma_ * factor,
            .omega = bound::omega(sums, distance, gamma_),
            .gamma_opt = bound::optimal_gamma(sums, distance),
            .omega_linear = 0};
  }

  /// Number of steps, counted from step 1, that the stages after stage k keep: all up to its
  /// cooldown.
  std::int64_t kept_steps(std::int64_t k, const ScheduleSpec& schedule) const {
    return std::min(horizon(k), schedule.envelope.last_before_cooldown(horizon(k)));
  }

  /// Appends the steps of stage k that later stages keep. `eta` holds the schedule's multipliers
  /// for horizon(k) steps, before `factor` is applied.
  void keep(std::int64_t k, const ScheduleSpec& schedule, std::span<const double> eta,
            double factor) {
    const auto begin = static_cast<std::size_t>(kept_);
    const auto end = static_cast<std::size_t>(kept_steps(k, schedule));
    std::vector<double> steps;
    for (std::size_t t = begin; t < end; ++t) steps.push_back(factor * eta[t]);
    history_.append(steps, norms(begin, std::max(begin, end)));
    kept_ = std::max(kept_, static_cast<std::int64_t>(end));
  }

  /// With the new steps scaled by c, S = path + c S_new and B = c B_new + field(c S_new), where
  /// path and field come from the earlier steps in `history_`. As c grows from 0, the best base
  /// learning rate gamma* = D / sqrt(S B) rises to a single maximum and falls again. The factor is
  /// taken from the side on which more steps require a smaller factor.
  Stage by_factor(std::int64_t k) {
    const std::int64_t kept = kept_;
    const auto eta = evaluate(extension_.schedule, horizon(k), 1);
    const auto fresh = std::span(eta).subspan(static_cast<std::size_t>(kept));
    const auto unit = sums_of(fresh, norms(static_cast<std::size_t>(kept), eta.size()));
    const auto sums = [&](double c) {
      return ScaledSums(
          {history_.path() + c * unit.path, c * unit.gradients + history_.field(c * unit.path)},
          scale_);
    };
    // ln (gamma / gamma*)^2 as a function of ln c.
    const auto excess = [&](double log_c) {
      const auto s = sums(std::exp(log_c));
      return std::log(s.path) + std::log(s.gradients) - product_;
    };
    constexpr int all_bits = std::numeric_limits<double>::digits;
    const double before = std::log(factor_);
    const double lowest =
        boost::math::tools::brent_find_minima(excess, before - 20, before + 5, all_bits / 2).first;
    // Walks from the maximum of gamma* until gamma* <= gamma, to larger c first. If the new steps
    // add nothing to B, gamma* never falls again, and the search goes to smaller c.
    const auto below_gamma = [&](double from, double step) {
      for (int tries = 0; tries < 60 && excess(from) < 0; ++tries) from += step;
      return from;
    };
    double other = below_gamma(std::max(before, lowest) + 1, 1);
    if (excess(other) < 0) other = below_gamma(lowest - 1, -1);
    if (!(excess(lowest) <= 0 && excess(other) >= 0))
      throw InputError(
          fmt::format("no factor keeps the base learning rate of stage 1 optimal over {} steps",
                      horizon(k)),
          Remedy::fewer_or_longer_stages);
    std::uintmax_t iterations = 200;
    const auto [low, high] = boost::math::tools::toms748_solve(
        excess, std::min(lowest, other), std::max(lowest, other),
        boost::math::tools::eps_tolerance<double>(all_bits - 2), iterations);
    const double root = low / 2 + high / 2;
    factor_ = std::exp(root);
    // -d ln gamma* / d ln c, by a central difference.
    constexpr double way = 0x1p-6;
    const double slope = (excess(root + way) - excess(root - way)) / (4 * way);
    constexpr double most_error = 1e-9;
    if (std::fabs(slope) * most_error < std::numeric_limits<double>::epsilon())
      throw InputError(
          fmt::format("the factor near {:.2g} is ill-conditioned: a relative change of it moves "
                      "the optimal learning rate over {} steps only {:.1g} times as much",
                      factor_, horizon(k), std::fabs(slope)),
          Remedy::fewer_stages);
    const Stage result = stage(k, kept, factor_, extension_.schedule, sums(factor_));
    keep(k, extension_.schedule, eta, factor_);
    return result;
  }

  /// Finds the cooldown whose gamma* is nearest to gamma.
  Stage by_cooldown(std::int64_t k) {
    const auto multipliers = [&](std::int64_t length) {
      return evaluate(with_cooldown(length, horizon(k)), horizon(k), 1);
    };
    const bound::CooldownSearch search(multipliers, norms(0, static_cast<std::size_t>(horizon(k))),
                                       product_);
    const auto length = search.nearest(horizon(k) + 1 - extension_.schedule.envelope.warmup);
    if (!length)
      throw InputError(fmt::format("the base learning rate of stage 1 cannot stay optimal over {} "
                                   "steps: every cooldown has a smaller optimum",
                                   horizon(k)),
                       Remedy::fewer_stages);
    const ScheduleSpec schedule = with_cooldown(*length, horizon(k));
    const auto eta = multipliers(*length);
    // The stage starts after the stable steps that both schedules share.
    const std::int64_t start = std::min(kept_steps(k - 1, last_), kept_steps(k, schedule));
    last_ = schedule;
    return stage(k, start, 1, schedule, sums_of(eta, norms(0, eta.size())));
  }

  /// The schedule to extend, with a cooldown of `length` of the first `steps` steps.
  ScheduleSpec with_cooldown(std::int64_t length, std::int64_t steps) const {
    ScheduleSpec schedule = extension_.schedule;
    schedule.envelope.cooldown = Envelope::cooldown_of(length, steps);
    schedule.envelope.cooldown_steps = Envelope::by_fraction;
    return schedule;
  }

  void add_linear_decay(Extended& result, int threads) const {
    const auto linear = parse_schedule("linear");
    const auto stages = static_cast<std::int64_t>(result.stages.size());
    in_parallel(stages, threads, [&](std::int64_t i) {
      const std::int64_t k = stages - 1 - i;  // The longest stage first.
      const auto eta = evaluate(linear, horizon(k), 1);
      result.stages[static_cast<std::size_t>(k)].omega_linear =
          bound::optimal_omega(sums_of(eta, norms(0, eta.size())), extension_.distance);
    });
  }

  const Extension& extension_;
  std::vector<double> norms_;
  bound::Scale scale_;
  bound::History history_;
  double product_ = 0;  ///< ln (S B) of the first stage, at scale_. Every stage must match it.
  std::int64_t kept_ = 0;
  double gamma_ = 0;
  double factor_ = 1;
  ScheduleSpec last_ = extension_.schedule;
};

void check(const Extension& extension) {
  const auto& name = extension.schedule.name;
  if (name != schedule::Constant::name && name != schedule::Wsd::name)
    throw InputError(
        fmt::format("only the schedules constant and wsd can be extended, not {}", name));
  if (extension.schedule.envelope.final_value > 0)
    throw InputError("a schedule to extend cannot have a final value");
  if (extension.stage < 1)
    throw InputError(fmt::format("a stage must have at least 1 step, not {}", extension.stage),
                     Remedy::stage);
  if (extension.stages < 1)
    throw InputError(
        fmt::format("the number of stages must be at least 1, not {}", extension.stages),
        Remedy::stages);
  bound::check_distance(extension.distance);
  const double steps = static_cast<double>(extension.stage) * static_cast<double>(extension.stages);
  check_memory(fmt::format("an extension to {:.0f} steps", steps), 14 * sizeof(double) * steps);
  check_schedule(extension.schedule, extension.stage);
  const Envelope& envelope = extension.schedule.envelope;
  if (extension.by != Extension::By::cooldown || name == schedule::Wsd::name ||
      envelope.cooldown_length(extension.stage) > 0)
    return;
  if (envelope.cooldown == 0)
    throw InputError(fmt::format("the schedule {} has no cooldown to lengthen; wsd has one",
                                 extension.schedule.to_string()));
  throw InputError(
      fmt::format("the cooldown of {} has no step in a stage of {} steps; choose a larger cooldown",
                  extension.schedule.to_string(), extension.stage));
}

}  // namespace

Extended extend(const Extension& extension, int threads) {
  check(extension);
  return Extender(extension).run(threads_to_use(threads));
}

}  // namespace lrscape
