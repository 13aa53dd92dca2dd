#include "simd/simd.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "lrscape/numerics/elementary.hpp"

// This file is compiled for the baseline instruction set, so it tests the wrapper.
// same_bits_test.cpp tests the code that is chosen at run time. No optimizer uses sign() yet.
namespace lrscape::test {
namespace {

template <class Real>
class SimdSign : public testing::Test {};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(SimdSign, Reals);

template <class Real>
Real lane_of_sign(Real value) {
  using V = cpu::Simd<Real>;
  alignas(64) Real lane[cpu::Lanes<V>::count];
  cpu::Lanes<V>::store(sign(V(value)), lane);
  return lane[0];
}

TYPED_TEST(SimdSign, IsThatOfTheScalarForEveryKindOfNumber) {
  using Limits = std::numeric_limits<TypeParam>;
  const std::pair<TypeParam, TypeParam> cases[] = {{3, 1},
                                                   {-2, -1},
                                                   {Limits::denorm_min(), 1},
                                                   {-Limits::denorm_min(), -1},
                                                   {Limits::infinity(), 1},
                                                   {-Limits::infinity(), -1},
                                                   {0, 0}};
  for (const auto& [value, expected] : cases) {
    EXPECT_EQ(lane_of_sign(value), expected);
    EXPECT_EQ(sign(value), expected);
  }
  EXPECT_TRUE(std::isnan(lane_of_sign(Limits::quiet_NaN())));
  EXPECT_TRUE(std::isnan(sign(Limits::quiet_NaN())));
}

}  // namespace
}  // namespace lrscape::test
