#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "lrscape/sweep.hpp"

namespace lrscape::test {

/// The default experiment with fast math: side x side cells of AdamW from calm to divergent.
inline Sweep default_map(std::size_t side) {
  Sweep sweep;
  sweep.problem = make_synthetic({});
  sweep.optimizers = {choose_optimizer("adamw-pt", {})};
  const auto logarithmic = [side](double low, double high) {
    std::vector<double> values;
    for (std::size_t k = 0; k < side; ++k)
      values.push_back(
          low * std::pow(high / low, static_cast<double>(k) / static_cast<double>(side - 1)));
    return values;
  };
  sweep.learning_rates = logarithmic(1e-4, 3.2);
  sweep.weight_decays = logarithmic(3.2e-4, 10);
  sweep.math = MathMode::fast;
  return sweep;
}

/// How far runs with fast math are from those in double precision.
struct FastMathError {
  std::size_t stable = 0;             ///< final losses that single precision has to 2e-5 as well
  double worst = 0;                   ///< relative error of these with fast math
  std::size_t diverged = 0;           ///< runs that diverge without fast math, in fp32
  std::size_t differently_ended = 0;  ///< runs that diverge with one of them alone
};

inline FastMathError compare_fast_math(const std::vector<UnitResult>& fast,
                                       const std::vector<UnitResult>& fp32,
                                       const std::vector<UnitResult>& fp64) {
  FastMathError error;
  for (std::size_t u = 0; u < fp64.size(); ++u) {
    const std::size_t runs = fp64[u].status.size();
    const std::size_t records = fp64[u].validation_loss.size() / runs;
    for (std::size_t run = 0; run < runs; ++run) {
      if (fp32[u].status[run] == RunStatus::diverged) ++error.diverged;
      if (fp32[u].status[run] != fast[u].status[run]) ++error.differently_ended;
      const std::size_t last = run * records + records - 1;
      const double exact = fp64[u].validation_loss[last];
      const auto off = [&](const UnitResult& result) {
        return std::fabs(result.validation_loss[last] - exact) / exact;
      };
      if (!std::isfinite(exact) || !(off(fp32[u]) <= 2e-5)) continue;
      ++error.stable;
      error.worst = std::fmax(error.worst, off(fast[u]));
      if (std::isnan(off(fast[u]))) error.worst = HUGE_VAL;
    }
  }
  return error;
}

}  // namespace lrscape::test
