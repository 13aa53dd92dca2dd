#include "simd/make_implementation.hpp"
#include "simd/pair.hpp"
#include "simd/simd.hpp"

namespace lrscape::cpu {

// The compiler flags select the target. If a flag is missing, Highway silently falls back to a
// target without FMA.
static_assert(HWY_STATIC_TARGET == HWY_AVX2);

template <class Real>
using Register = Simd<Real>;
template <class Real>
using Registers = Pair<Simd<Real>>;

const Implementation avx2 = make_implementation<Register, Registers>("avx2", Optimizers());

}  // namespace lrscape::cpu
