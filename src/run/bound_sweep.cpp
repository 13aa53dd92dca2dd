#include "lrscape/bound/bound_sweep.hpp"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <set>

#include "base/memory.hpp"
#include "base/parallel.hpp"
#include "base/threads.hpp"
#include "bound/multipole_curve.hpp"
#include "bound/scaling.hpp"
#include "bound/schedule_steps.hpp"
#include "device/device_choice.hpp"
#include "lrscape/bound/closed_forms.hpp"
#include "lrscape/error.hpp"
#include "lrscape/schedule/list.hpp"
#include "lrscape/stop.hpp"

namespace lrscape {
namespace {

using bound::ScaledSums;
using bound::Sums;
using bound::Verdict;

/// Whether the work justifies starting a GPU: many terms and many threads. The thresholds are
/// guesses, not yet measured.
bool suits_gpu(const BoundSweep& sweep) {
  constexpr double enough_terms = 1e9;
  constexpr double enough_threads = 1e4;
  double steps = 0;
  for (const auto count : sweep.steps) steps += static_cast<double>(count);
  const double walks = static_cast<double>(sweep.schedules.size()) *
                       static_cast<double>(std::max<std::size_t>(1, sweep.horizons.size()));
  return !sweep.anytime && walks >= enough_threads && steps * walks >= enough_terms;
}

/// With auto, selects a GPU only if suits_gpu() is true.
ChosenDevice device_for(const BoundSweep& sweep, const std::string& device) {
  const bool on_cpu = device == "auto" && !suits_gpu(sweep);
  return choose_devices(on_cpu ? "cpu" : device).front();
}

/// Whether to compute all horizons of a schedule at once, as a curve: if requested, or if a curve
/// is cheaper than the walks.
bool wants_curves(const BoundSweep& sweep) {
  if (sweep.formula != BoundSweep::Formula::last_iterate) return false;
  if (sweep.anytime || sweep.method == bound::Method::multipole) return true;
  constexpr double walked_steps_a_step = 64;
  double walked = 0;
  for (const auto horizon : sweep.horizons) walked += static_cast<double>(horizon);
  return sweep.method == bound::Method::automatic &&
         walked > walked_steps_a_step * static_cast<double>(std::ranges::max(sweep.steps));
}

class Evaluation {
 public:
  Evaluation(const BoundSweep& sweep, const DeviceOptions& options, const Watch& watch)
      : sweep_(sweep), watch_(watch), threads_(threads_to_use(options.threads)) {
    const ChosenDevice device = device_for(sweep, options.device);
    backend_ = device.kind->bounds(device.index, options);
    // Bounds other than the last iterate's need only prefix sums, which the host computes.
    const bool on_host = sweep.formula != BoundSweep::Formula::last_iterate;
    const ChosenDevice used = on_host ? choose_devices("cpu").front() : device;
    const std::string name =
        used.kind->devices().at(static_cast<std::size_t>(used.index)).description;
    table_ = {sweep.schedules.size(), sweep.steps.size(), horizon_columns(sweep), {}, name};
    constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
    table_.sums.assign(table_.schedules * table_.steps * table_.horizons,
                       Sums<double>{nothing, nothing});
    norms_ = evaluate(sweep.norms, std::ranges::max(sweep.steps));
  }

  BoundTable run() {
    const StopScope scope(watch_.stop);
    try {
      evaluate_all();
    } catch (const InterruptedError&) {
      throw InterruptedError(
          fmt::format("interrupted after {} of {} bounds", done_.load(), table_.sums.size()));
    }
    return std::move(table_);
  }

 private:
  void evaluate_all() {
    const bool curves = wants_curves(sweep_);
    done(0);
    end_if_stopped();
    for (std::size_t step = 0; step < table_.steps; ++step) {
      if (curves) {
        by_curves(step);
      } else if (sweep_.formula == BoundSweep::Formula::last_iterate) {
        by_walks(step);
        in_parallel(static_cast<std::int64_t>(table_.schedules), threads_,
                    [&](std::int64_t k) { repair_walks(static_cast<std::size_t>(k), step); });
      } else {
        in_parallel(static_cast<std::int64_t>(table_.schedules), threads_, [&](std::int64_t k) {
          by_prefix(static_cast<std::size_t>(k), step);
          done(1);
        });
      }
    }
  }

  ScaledSums& at(std::size_t schedule, std::size_t step, std::size_t column) {
    return table_.sums[(schedule * table_.steps + step) * table_.horizons + column];
  }

  std::vector<double> steps_of(std::size_t k, std::size_t step, int threads) const {
    std::vector<double> eta(static_cast<std::size_t>(sweep_.steps[step]));
    bound::evaluate_steps(sweep_.schedules[k], sweep_.steps[step], sweep_.steps_per_epoch,
                          eta.data(), 1, threads);
    return eta;
  }

  void done(std::size_t schedules) {
    const std::size_t all = done_ += schedules * table_.horizons;
    if (watch_.progress && omp_get_thread_num() == 0) watch_.progress(all, table_.sums.size());
  }

  /// Calls `work` and prefixes its InputError with the name of schedule k.
  template <class Work>
  void naming(std::size_t k, const Work& work) const {
    try {
      work();
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: {}", sweep_.schedules[k].to_string(), error.what()),
                       error.remedy());
    }
  }

  /// Computes long curves one after another on all threads, and short curves on one thread each.
  void by_curves(std::size_t step) {
    constexpr std::int64_t long_curve = 1 << 17;
    const bool alone = backend_->one_curve_at_once() || sweep_.steps[step] >= long_curve;
    in_parallel(static_cast<std::int64_t>(table_.schedules), alone ? 1 : threads_,
                [&](std::int64_t k) {
                  by_curve(static_cast<std::size_t>(k), step, alone ? threads_ : 1);
                  done(1);
                });
  }

  void by_curve(std::size_t k, std::size_t step, int threads) {
    const auto eta = steps_of(k, step, threads);
    const auto norms = std::span(norms_).first(eta.size());
    const auto curve_of = [&](std::span<const double> steps, std::span<const double> its_norms) {
      return backend_->curve(steps, its_norms, sweep_.method, threads);
    };
    auto curve = curve_of(eta, norms);
    naming(k, [&] { bound::repair(curve, eta, norms, Verdict::Of::last_iterate, curve_of); });
    in_parts(static_cast<std::int64_t>(table_.horizons), threads,
             [&](std::int64_t begin, std::int64_t end) {
               for (auto column = static_cast<std::size_t>(begin);
                    column < static_cast<std::size_t>(end); ++column)
                 if (const auto t = horizon_of(sweep_, step, column); t > 0)
                   at(k, step, column) = curve.at(t);
             });
  }

  void by_walks(std::size_t step) {
    std::vector<std::int64_t> horizons;
    for (std::size_t column = 0; column < table_.horizons; ++column)
      if (const auto t = horizon_of(sweep_, step, column); t > 0) horizons.push_back(t);
    const auto steps = static_cast<std::size_t>(sweep_.steps[step]);
    const auto sums =
        backend_->walk({sweep_.schedules, sweep_.steps[step], sweep_.steps_per_epoch,
                        std::span(norms_).first(steps), horizons},
                       {&end_if_stopped, [&](std::size_t schedules) { done(schedules); }});
    for (std::size_t k = 0; k < table_.schedules; ++k)
      std::copy_n(sums.begin() + static_cast<std::ptrdiff_t>(k * horizons.size()), horizons.size(),
                  &at(k, step, 0));
  }

  void repair_walks(std::size_t k, std::size_t step) {
    std::vector<double> eta;
    for (std::size_t column = 0; column < table_.horizons; ++column) {
      const std::int64_t t = horizon_of(sweep_, step, column);
      auto& sums = at(k, step, column);
      if (t == 0 || bound::is_sure({sums.path, sums.gradients})) continue;
      if (eta.empty()) eta = steps_of(k, step, 1);
      naming(k, [&] { sums = bound::at_horizon_rescaled(eta, norms_, t); });
    }
  }

  /// Computes bounds that need only sums over the first t steps.
  void by_prefix(std::size_t k, std::size_t step) {
    if (sweep_.formula == BoundSweep::Formula::orabona) {
      const auto [norm, exponent] = bound::binary(sweep_.norms.b);
      for (std::size_t column = 0; column < table_.horizons; ++column)
        if (const auto t = horizon_of(sweep_, step, column); t == 1)
          at(k, step, column) = Sums<double>{1, HUGE_VAL};
        else if (t > 0)
          at(k, step, column) = {bound::orabona(t, norm), {0, exponent}};
      return;
    }
    const auto eta = steps_of(k, step, 1);
    const auto norms = std::span(norms_).first(eta.size());
    auto curve = average_curve(eta, norms);
    naming(k,
           [&] { bound::repair(curve, eta, norms, Verdict::Of::average_iterate, average_curve); });
    for (std::size_t column = 0; column < table_.horizons; ++column)
      if (const auto t = horizon_of(sweep_, step, column); t > 0) at(k, step, column) = curve.at(t);
  }

  static bound::Curve average_curve(std::span<const double> eta, std::span<const double> norms) {
    bound::Curve curve;
    CompensatedSum<double> path;
    // Squares of doubles stay within the exponent range of a long double.
    CompensatedSum<long double> squares;
    for (std::size_t i = 0; i < eta.size(); ++i) {
      const long double moved = static_cast<long double>(eta[i]) * norms[i];
      path.add(eta[i]);
      squares.add(moved * moved);
      const double s = path.value();
      curve.path.push_back(s);
      curve.gradients.push_back(s == 0 ? HUGE_VAL : static_cast<double>(squares.value() / s));
    }
    return curve;
  }

  const BoundSweep& sweep_;
  const Watch& watch_;
  std::atomic<std::size_t> done_ = 0;
  int threads_;
  std::unique_ptr<BoundBackend> backend_;
  std::vector<double> norms_;
  BoundTable table_ = {};
};

}  // namespace

std::int64_t horizon_of(const BoundSweep& sweep, std::size_t step, std::size_t column) {
  const std::int64_t steps = sweep.steps[step];
  if (sweep.anytime)
    return static_cast<std::int64_t>(column) < steps ? static_cast<std::int64_t>(column) + 1 : 0;
  return sweep.horizons.empty() ? steps : sweep.horizons[column];
}

std::size_t horizon_columns(const BoundSweep& sweep) {
  if (sweep.anytime) return static_cast<std::size_t>(std::ranges::max(sweep.steps));
  return std::max<std::size_t>(1, sweep.horizons.size());
}

std::string row_name(const BoundSweep& sweep, std::size_t row) {
  const std::size_t columns = horizon_columns(sweep);
  const std::size_t steps = row / columns;
  return fmt::format("{} at t = {}", sweep.schedules[steps / sweep.steps.size()].to_string(),
                     horizon_of(sweep, steps % sweep.steps.size(), row % columns));
}

void check(const BoundSweep& sweep) {
  if (sweep.schedules.empty() || sweep.steps.empty())
    throw InputError("a bound needs a schedule and a number of steps");
  bound::check_distance(sweep.distance);
  if (sweep.formula != BoundSweep::Formula::last_iterate &&
      sweep.method != bound::Method::automatic)
    throw InputError("a method can be chosen only for the bound of the last iterate",
                     Remedy::formula_or_method);
  std::set<std::string> texts;
  for (const auto& schedule : sweep.schedules)
    if (!texts.insert(schedule.to_string()).second)
      throw InputError(fmt::format("the schedule {} is given twice", schedule.to_string()));
  if (sweep.anytime && !sweep.horizons.empty())
    throw InputError("choose either all horizons or some horizons, not both",
                     Remedy::all_or_some_horizons);
  const auto [least, most] = std::ranges::minmax(sweep.steps);
  if (least < 1)
    throw InputError(fmt::format("the number of steps must be at least 1, not {}", least),
                     Remedy::steps);
  constexpr double bytes_a_step = 14 * sizeof(double);
  check_memory(fmt::format("a schedule of {} steps", most),
               bytes_a_step * static_cast<double>(most));
  const double rows = static_cast<double>(sweep.schedules.size()) *
                      static_cast<double>(sweep.steps.size()) *
                      static_cast<double>(horizon_columns(sweep));
  check_memory(fmt::format("{:.0f} bounds", rows), rows * 5 * sizeof(double));
  for (const auto horizon : sweep.horizons)
    if (horizon < 1 || horizon > least)
      throw InputError(fmt::format("horizon {} is not among the steps 1 to {}", horizon, least));
  const GradientNorms& norms = sweep.norms;
  if (sweep.formula == BoundSweep::Formula::orabona &&
      (!norms.values.empty() || norms.g1 != 0 || norms.g2 != 0))
    throw InputError(
        fmt::format("this formula requires a constant gradient norm, not {}", norms.to_string()),
        Remedy::formula);
  for (const auto& schedule : sweep.schedules) {
    for (const auto steps : sweep.steps) check_schedule(schedule, steps);
    check_steps_per_epoch(schedule, sweep.steps_per_epoch);
    if (sweep.formula == BoundSweep::Formula::orabona && schedule.to_string() != "sqrt")
      throw InputError(
          fmt::format("this formula requires the schedule sqrt, not {}", schedule.to_string()),
          Remedy::formula);
  }
}

BoundTable evaluate(const BoundSweep& sweep, const DeviceOptions& options, const Watch& watch) {
  check(sweep);
  return Evaluation(sweep, options, watch).run();
}

}  // namespace lrscape
