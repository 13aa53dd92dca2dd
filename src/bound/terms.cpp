#include "lrscape/bound/terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lrscape/error.hpp"
#include "lrscape/numerics/compensated_sum.hpp"

namespace lrscape::bound {

Terms terms(std::span<const double> eta, std::span<const double> norms, std::int64_t horizon,
            double distance, double gamma) {
  if (horizon < 1 || static_cast<std::size_t>(horizon) > std::min(eta.size(), norms.size()))
    throw InputError(fmt::format("horizon {} is not among the steps 1 to {}", horizon,
                                 std::min(eta.size(), norms.size())));
  const auto steps = static_cast<std::size_t>(horizon);
  // In units in which the largest eta_t G_t is about 1, so that no square overflows.
  double largest = 0;
  for (std::size_t k = 0; k < steps; ++k) largest = std::max(largest, eta[k] * norms[k]);
  int exponent = 0;
  std::frexp(largest, &exponent);

  CompensatedSum<double> tail;     // sum_{t>=k} eta_t
  CompensatedSum<double> squares;  // sum_{t>=k} eta_t^2 G_t^2
  CompensatedSum<double> last;
  for (std::size_t k = steps; k-- > 0;) {
    const double after = tail.value();
    const double moved = std::ldexp(eta[k] * norms[k], -exponent);
    tail.add(eta[k]);
    squares.add(moved * moved);
    if (k + 1 < steps) last.add(eta[k] / after * (squares.value() / tail.value()));
  }
  const double path = tail.value();
  const auto in_units = [&](double sum) { return std::ldexp(std::ldexp(sum, exponent), exponent); };
  const bool finite = eta[steps - 1] > 0 && std::isfinite(last.value());
  return {distance / gamma * (distance / path) / 2,
          path > 0 ? gamma / 2 * in_units(squares.value() / path) : HUGE_VAL,
          finite ? gamma / 2 * in_units(last.value()) : HUGE_VAL};
}

}  // namespace lrscape::bound
