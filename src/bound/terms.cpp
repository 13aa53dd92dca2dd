#include "lrscape/bound/terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bound/scaling.hpp"
#include "lrscape/error.hpp"
#include "lrscape/numerics/compensated_sum.hpp"

namespace lrscape::bound {

Terms terms(std::span<const double> eta, std::span<const double> norms, std::int64_t horizon,
            double distance, double gamma) {
  if (horizon < 1 || static_cast<std::size_t>(horizon) > std::min(eta.size(), norms.size()))
    throw InputError(fmt::format("horizon {} is not among the steps 1 to {}", horizon,
                                 std::min(eta.size(), norms.size())));
  const auto steps = static_cast<std::size_t>(horizon);
  const Scaled rescaled = scaled(eta.first(steps), norms.first(steps));
  CompensatedSum<double> tail;     // sum_{t>=k} eta_t
  CompensatedSum<double> squares;  // sum_{t>=k} eta_t^2 G_t^2
  CompensatedSum<double> last;
  for (std::size_t k = steps; k-- > 0;) {
    const double after = tail.value();
    const double step = rescaled.eta[k];
    const double moved = step * rescaled.norms[k];
    tail.add(step);
    squares.add(moved * moved);
    if (k + 1 < steps) last.add(step / after * (squares.value() / tail.value()));
  }
  const double path = tail.value();
  const bool finite = eta[steps - 1] > 0 && std::isfinite(last.value());
  const Binary d = binary(distance);
  const Binary g = binary(gamma);
  const auto& [step_scale, norm_scale] = rescaled.scale;
  const int noise = g.exponent + step_scale + 2 * norm_scale;
  return {in_range(d.mantissa / g.mantissa * (d.mantissa / path) / 2,
                   2 * d.exponent - g.exponent - step_scale, "the distance's term of the bound"),
          path > 0 ? in_range(g.mantissa / 2 * (squares.value() / path), noise,
                              "the average iterate's term of the bound")
                   : HUGE_VAL,
          finite ? in_range(g.mantissa / 2 * last.value(), noise,
                            "the last iterate's term of the bound")
                 : HUGE_VAL};
}

}  // namespace lrscape::bound
