#pragma once

namespace lrscape {

/// The quantile function of the standard normal distribution for 0 < p < 1, with a relative error
/// of about 1e-16: Wichura, "Algorithm AS 241", Applied Statistics 37 (1988), routine PPND16.
double normal_quantile(double p);

}  // namespace lrscape
