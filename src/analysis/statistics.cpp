#include "analysis/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace lrscape {
namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());  // NaN if there are none.
}

double sum_of_squares(std::span<const double> values, double mean) {
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum;
}

}  // namespace

Estimate estimate(std::span<const double> values) {
  const auto count = static_cast<double>(values.size());
  const double mean = mean_of(values);
  if (values.size() < 2 || !std::isfinite(mean)) return {mean, no_number};
  return {mean, std::sqrt(sum_of_squares(values, mean) / (count - 1) / count)};
}

Estimate estimate_of_run(std::span<const double> losses) {
  std::vector<double> run;
  for (const double loss : losses)
    if (!std::isnan(loss)) run.push_back(loss);
  return estimate(run);
}

CrossValidation cross_validate(std::span<const double> losses, std::size_t seeds) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CrossValidation all = {infinity, std::vector<double>(seeds, infinity)};
  std::vector<double> least_of_others(seeds, infinity);
  for (; !losses.empty(); losses = losses.subspan(seeds)) {
    // Sums over the seeds from s on and before s: a total minus one loss may lose all digits.
    std::vector<double> sums(seeds + 1, 0.0), counts(seeds + 1, 0.0);
    for (std::size_t s = seeds; s-- > 0;) {
      const bool has_run = !std::isnan(losses[s]);
      sums[s] = sums[s + 1] + (has_run ? losses[s] : 0);
      counts[s] = counts[s + 1] + (has_run ? 1 : 0);
    }
    double sum = 0, count = 0;
    for (std::size_t s = 0; s < seeds; ++s) {
      const double others = (sum + sums[s + 1]) / (count + counts[s + 1]);
      if (others < least_of_others[s]) {
        least_of_others[s] = others;
        all.left_out[s] = losses[s];
      }
      if (std::isnan(losses[s])) continue;
      sum += losses[s];
      ++count;
    }
    if (count > 0) all.least_mean = std::min(all.least_mean, sum / count);
  }
  return all;
}

double CrossValidation::expected() const {
  // A seed has nothing to say of a candidate with which it diverged or has not run.
  std::vector<double> finite = left_out;
  std::erase_if(finite, [](double loss) { return !std::isfinite(loss); });
  return finite.empty() ? least_mean : std::max(least_mean, mean_of(finite));
}

double student_reach(std::size_t count) {
  constexpr double upper_tail = 0.975;
  return boost::math::quantile(boost::math::students_t(static_cast<double>(count) - 1), upper_tail);
}

LossMap with_complete_seeds(const LossMap& map) {
  const std::size_t seeds = map.seeds().size();
  const std::span<const double> losses = map.losses();
  std::vector<bool> is_complete(seeds, true);
  for (std::size_t first = 0; first < losses.size(); first += seeds) {
    const auto cell = losses.subspan(first, seeds);
    if (std::ranges::all_of(cell, [](double loss) { return std::isnan(loss); })) continue;
    for (std::size_t s = 0; s < seeds; ++s) is_complete[s] = is_complete[s] && !std::isnan(cell[s]);
  }
  std::vector<std::int64_t> complete;
  for (std::size_t s = 0; s < seeds; ++s)
    if (is_complete[s]) complete.push_back(map.seeds()[s]);
  return complete.size() == seeds ? map : map.of_seeds(complete);
}

Interval jackknife(double value, std::span<const double> without_each_seed) {
  const auto count = static_cast<double>(without_each_seed.size());
  if (without_each_seed.size() < fewest_seeds) return {value, no_number, no_number};
  const double error = std::sqrt((count - 1) / count *
                                 sum_of_squares(without_each_seed, mean_of(without_each_seed)));
  const double reach = student_reach(without_each_seed.size()) * error;
  return {value, value - reach, value + reach};
}

}  // namespace lrscape
