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

std::optional<double> expected_best(std::span<const double> losses, std::size_t seeds) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  double least = infinity;
  std::vector<double> least_of_others(seeds, infinity);
  std::vector<double> left_out(seeds, infinity);  // The loss of each seed at its candidate.
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
        left_out[s] = losses[s];
      }
      if (std::isnan(losses[s])) continue;
      sum += losses[s];
      ++count;
    }
    if (count > 0) least = std::min(least, sum / count);
  }
  if (std::isinf(least)) return std::nullopt;
  // A seed has nothing to say of a cell with which it diverged or has not run.
  std::erase_if(left_out, [](double loss) { return !std::isfinite(loss); });
  return left_out.empty() ? least : std::max(least, mean_of(left_out));
}

Interval jackknife(double value, std::span<const double> without_each_seed) {
  const auto count = static_cast<double>(without_each_seed.size());
  // Two values may be close by chance.
  constexpr std::size_t fewest = 3;
  if (without_each_seed.size() < fewest) return {value, no_number, no_number};
  const double error = std::sqrt((count - 1) / count *
                                 sum_of_squares(without_each_seed, mean_of(without_each_seed)));
  constexpr double upper_tail = 0.975;
  const double reach =
      boost::math::quantile(boost::math::students_t(count - 1), upper_tail) * error;
  return {value, value - reach, value + reach};
}

}  // namespace lrscape
