#include "simd/make_implementation.hpp"

namespace lrscape::cpu {

template <class Real>
using Scalar = Real;

const Implementation plain = make_implementation<Scalar, Scalar>("plain", Optimizers());

}  // namespace lrscape::cpu
