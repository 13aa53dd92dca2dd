#include "lrscape/bound/optimum.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "lrscape/error.hpp"

namespace lrscape::bound {
double in_range(double value, int exponent, const char* what) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double result = std::ldexp(value, exponent);
  if (std::isnormal(result)) return result;
  throw InputError(
      fmt::format("{} is about 1e{:.0f}, outside the range of a double (2.3e-308 to 1.7e308); "
                  "rescale the steps, the gradient norms or the distance",
                  what, std::log10(std::fabs(value)) + exponent * std::log10(2.0)));
}

void check_distance(double distance) {
  if (!(distance > 0 && std::isfinite(distance)))
    throw InputError(fmt::format("the distance D must be a finite number > 0, not {}", distance));
}

void check_gamma(double gamma) {
  if (!(gamma > 0 && std::isfinite(gamma)))
    throw InputError(fmt::format("gamma must be a finite number > 0, not {}", gamma));
}

Sums<double> plain(const ScaledSums& sums) {
  const auto held = [](double value, int exponent) {
    const double result = std::ldexp(value, exponent);
    const bool special = value == 0 || !std::isfinite(value);
    return special || std::isnormal(result) ? result : std::numeric_limits<double>::quiet_NaN();
  };
  const auto& [step, norm] = sums.scale;
  return {held(sums.path, step), held(sums.gradients, step + 2 * norm)};
}

double omega(const ScaledSums& sums, double distance, double gamma) {
  if (std::isinf(sums.gradients)) return HUGE_VAL;
  const auto& [step, norm] = sums.scale;
  const Binary d = binary(distance);
  const Binary g = binary(gamma);
  const double far = d.mantissa / g.mantissa * (d.mantissa / sums.path) / 2;
  const double noise = g.mantissa * sums.gradients / 2;
  const int far_exponent = 2 * d.exponent - g.exponent - step;
  const int noise_exponent = g.exponent + step + 2 * norm;
  const double sum = std::ldexp(far, far_exponent) + std::ldexp(noise, noise_exponent);
  if (std::isnormal(sum)) return sum;
  const char* const what = "the bound";
  return in_range(far, far_exponent, what) + in_range(noise, noise_exponent, what);
}

double optimal_gamma(const ScaledSums& sums, double distance) {
  if (std::isinf(sums.gradients)) return 0;
  const Binary d = binary(distance);
  return in_range(d.mantissa / (std::sqrt(sums.path) * std::sqrt(sums.gradients)),
                  d.exponent - sums.scale.step - sums.scale.norm, "the best base learning rate");
}

double optimal_omega(const ScaledSums& sums, double distance) {
  if (std::isinf(sums.gradients)) return HUGE_VAL;
  const Binary d = binary(distance);
  return in_range(d.mantissa * (std::sqrt(sums.gradients) / std::sqrt(sums.path)),
                  d.exponent + sums.scale.norm, "the bound");
}

}  // namespace lrscape::bound
