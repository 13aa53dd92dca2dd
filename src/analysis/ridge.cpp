#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <span>

#include "analysis/statistics.hpp"

namespace lrscape {
namespace {

/// Losses of a valley within this part of its best one count as its bottom.
constexpr double bottom = 0.02;

/// The minimum of the parabola fitted to (x, y), or `otherwise` if it has none.
double minimum_of_parabola(std::span<const double> x, std::span<const double> y, double otherwise) {
  const auto count = static_cast<Eigen::Index>(x.size());
  Eigen::MatrixXd powers(count, 3);
  for (Eigen::Index k = 0; k < count; ++k) {
    // From the expected minimum, so that the powers differ enough.
    const double from = x[static_cast<std::size_t>(k)] - otherwise;
    powers.row(k) << 1, from, from * from;
  }
  const Eigen::Vector3d fit =
      powers.householderQr().solve(Eigen::Map<const Eigen::VectorXd>(y.data(), count));
  if (!(fit[2] > 0)) return otherwise;
  return std::clamp(otherwise - fit[1] / (2 * fit[2]), x.front(), x.back());
}

/// The weight decay at the bottom of a valley, or nothing if the valley is open.
std::optional<double> bottom_of(std::span<const double> losses, std::span<const double> decays) {
  const std::size_t count = losses.size();
  std::optional<std::size_t> best;
  for (std::size_t j = 0; j < count; ++j)
    if (std::isfinite(losses[j]) && (!best || losses[j] < losses[*best])) best = j;
  if (!best) return std::nullopt;
  const double least = losses[*best];
  const auto is_bottom = [&](std::size_t j) {
    return losses[j] <= least + bottom * std::abs(least);
  };
  if (is_bottom(0) || is_bottom(count - 1)) return std::nullopt;
  // The edges are no bottom, so there are cells on both sides.
  std::size_t first = *best, last = *best;
  while (is_bottom(first - 1)) --first;
  while (is_bottom(last + 1)) ++last;
  if (std::isnan(losses[first - 1]) || std::isnan(losses[last + 1])) return std::nullopt;
  if (last - first < 2) {
    first = std::min(first, *best - 1);
    last = std::max(last, *best + 1);
  }
  std::vector<double> logarithms;
  for (std::size_t j = first; j <= last; ++j) {
    if (!(decays[j] > 0) || !std::isfinite(losses[j])) return decays[*best];
    logarithms.push_back(std::log(decays[j]));
  }
  return std::exp(minimum_of_parabola(logarithms, losses.subspan(first, last - first + 1),
                                      std::log(decays[*best])));
}

/// The median, or nothing if there are no values.
std::optional<double> median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  const std::size_t middle = values.size() / 2;
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(middle));
  if (values.size() % 2 == 1) return values[middle];
  const double below =
      *std::max_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(middle));
  return (below + values[middle]) / 2;
}

std::optional<double> slope_of(const std::vector<RidgePoint>& points) {
  if (points.size() < fewest_ridge_points) return std::nullopt;
  std::vector<double> slopes;
  for (std::size_t a = 0; a < points.size(); ++a)
    for (std::size_t b = a + 1; b < points.size(); ++b)
      slopes.push_back(std::log(points[b].weight_decay / points[a].weight_decay) /
                       std::log(points[b].learning_rate / points[a].learning_rate));
  return median(std::move(slopes));
}

}  // namespace

std::vector<RidgePoint> ridge(const LossMap& map) {
  const std::vector<double> means = map.means();
  const std::vector<double>& decays = map.weight_decays();
  std::vector<RidgePoint> points;
  for (std::size_t i = 0; i < map.learning_rates().size(); ++i) {
    const std::span<const double> row(means.data() + i * decays.size(), decays.size());
    if (const auto decay = bottom_of(row, decays))
      points.push_back({map.learning_rates()[i], *decay});
  }
  return points;
}

std::optional<Slope> ridge_slope(const LossMap& map) {
  const std::vector<RidgePoint> points = ridge(map);
  const auto slope = slope_of(points);
  if (!slope) return std::nullopt;
  const Interval interval =
      over_seeds(map, *slope, [](const LossMap& one) { return slope_of(ridge(one)); });
  return Slope{interval, points.size(), points.front().learning_rate, points.back().learning_rate};
}

}  // namespace lrscape
