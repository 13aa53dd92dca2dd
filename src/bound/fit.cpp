#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <cmath>

#include "lrscape/bound/extension.hpp"
#include "lrscape/error.hpp"

namespace lrscape {
namespace {

using Eigen::VectorXd;

struct Line {
  double a, b;
  double squares;  ///< Sum of squared residuals.
};

/// Least-squares fit of y = a + b x with a, b >= 0. If the unconstrained solution is not allowed,
/// one of a and b is 0.
Line fit_line(const VectorXd& x, const VectorXd& y) {
  const auto line = [&](double a, double b) {
    return Line{a, b, (y.array() - a - b * x.array()).square().sum()};
  };
  Eigen::MatrixX2d design(x.size(), 2);
  design << VectorXd::Ones(x.size()), x;
  const Eigen::Vector2d free = design.colPivHouseholderQr().solve(y);
  if (free(0) >= 0 && free(1) >= 0) return line(free(0), free(1));
  const Line flat = line(std::max(0.0, y.mean()), 0);
  const Line through_zero = line(0, std::max(0.0, x.dot(y) / x.squaredNorm()));
  return flat.squares < through_zero.squares ? flat : through_zero;
}

/// For a given c, linear least squares determines a and b (variable projection: Golub and Pereyra,
/// SIAM J. Numer. Anal. 10, 1973). Only c is searched for.
Fit fit(const VectorXd& base, const VectorXd& y, double most_c) {
  if (y.size() < 3)
    throw InputError(
        fmt::format("a fit of three numbers needs at least three points, not {}", y.size()));
  // Dividing by the largest value keeps the powers from overflowing.
  const double unit = base.maxCoeff();
  const auto line_at = [&](double c) { return fit_line((base.array() / unit).pow(c).matrix(), y); };
  const auto squares = [&](double c) { return line_at(c).squares; };
  constexpr double least_c = -4;
  constexpr int steps = 400;
  const auto grid = [&](int k) { return least_c + (most_c - least_c) * k / steps; };
  int best = 0;
  for (int k = 1; k <= steps; ++k)
    if (squares(grid(k)) < squares(grid(best))) best = k;
  constexpr int half_the_bits = 26;
  const auto [c, least] = boost::math::tools::brent_find_minima(
      squares, grid(std::max(best - 1, 0)), grid(std::min(best + 1, steps)), half_the_bits);
  const double chosen = squares(grid(best)) < least ? grid(best) : c;
  const Line line = line_at(chosen);
  const double b = line.b * std::pow(unit, -chosen);
  const auto residuals = y.array() - line.a - line.b * (base.array() / unit).pow(chosen);
  return {line.a, b, chosen, residuals.abs().mean()};
}

VectorXd vector(const std::vector<double>& values) {
  return Eigen::Map<const VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

}  // namespace

Fit fit_power(const std::vector<double>& steps, const std::vector<double>& values) {
  return fit(vector(steps), vector(values), 4);
}

Fit fit_logarithm(const std::vector<double>& steps, const std::vector<double>& values) {
  return fit(vector(steps).array().log().matrix(), vector(values), 1);
}

}  // namespace lrscape
