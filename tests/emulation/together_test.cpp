#include "together.cuh"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "lrscape/numerics/philox.hpp"

// Checks that the straight code for roots and quotients gives the bits that IEEE 754 requires. The
// CPU's own operations give these bits.
namespace lrscape::test {
namespace {

using emulated::straight_quotient;
using emulated::straight_root;
using emulated::Together;

constexpr std::int64_t first_significand = 1 << 23;
constexpr std::int64_t last_significand = (1 << 24) - 1;

float with_significand(std::int64_t significand) {
  return std::ldexp(static_cast<float>(significand), -23);
}

/// All floats within an ulp of 1 / d, for d from 1 to 2. With `nearest_alone`, only the nearest
/// float, for divisors for which devices are known to give it.
std::vector<float> approximate_reciprocals(float d, bool nearest_alone) {
  const float nearest = 1 / d;
  if (nearest_alone) return {nearest};
  const double exact = 1 / static_cast<double>(d);
  const double ulp = d == 1 ? 0x1p-23 : 0x1p-24;
  std::vector<float> all;
  for (const float a : {std::nextafter(nearest, 0.0F), nearest, std::nextafter(nearest, 2.0F)})
    if (std::fabs(static_cast<double>(a) - exact) <= ulp) all.push_back(a);
  return all;
}

/// Calls use(n) for all n = N / 2^23 from 1 to 2 whose quotient by d = D / 2^23, D = `denominator`,
/// is so close to a midpoint of two floats that an error before the final rounding could matter:
/// |N 2^bits - X D| = k, where the odd number X of 25 bits is the midpoint.
///
/// With the nearest reciprocal, the error before the final rounding is at most d 2^-48 for a
/// quotient above 1, and (1.5 d / 2 + 2 / d) 2^-48 below 1. The distance from the midpoint is
/// k 2^-47 / d above 1, and k 2^-48 / d below 1. So only k < 2 and k <= 5, respectively, matter.
template <class Use>
void for_each_hard_numerator(std::int64_t denominator, Use use) {
  const int twos = std::countr_zero(static_cast<std::uint64_t>(denominator));
  std::uint64_t inverse = 1;  // of the odd part, modulo 2^64
  const auto odd = static_cast<std::uint64_t>(denominator) >> twos;
  for (int k = 0; k < 6; ++k) inverse *= 2 - odd * inverse;
  for (const bool below_one : {false, true}) {
    const int bits = below_one ? 25 : 24;
    const std::int64_t most = below_one ? 5 : 2;
    const std::int64_t unit = std::int64_t{1} << twos;
    for (std::int64_t k = -most; k <= most; ++k) {
      if (k % unit != 0 || k / unit % 2 == 0) continue;
      const std::uint64_t period = std::uint64_t{1} << (bits - twos);
      const std::uint64_t residue = static_cast<std::uint64_t>(-k / unit) * inverse % period;
      const std::uint64_t first = std::uint64_t{1} << 24;
      std::uint64_t middle = first + (residue + period - first % period) % period;
      for (; middle < 2 * first; middle += period) {
        const std::int64_t product = static_cast<std::int64_t>(middle) * denominator + k;
        const std::int64_t numerator = product >> bits;
        if (numerator < first_significand || numerator > last_significand) continue;
        if (below_one == (numerator < denominator)) use(with_significand(numerator));
      }
    }
  }
}

/// Returns the number of numerators.
std::int64_t expect_exact_quotients(std::int64_t denominator) {
  const float d = with_significand(denominator);
  std::int64_t count = 0;
  for (const float approximate : approximate_reciprocals(d, denominator == last_significand))
    for_each_hard_numerator(denominator, [&](float n) {
      ++count;
      ASSERT_EQ(straight_quotient(n, d, approximate), n / d)
          << std::hexfloat << n << " / " << d << " from " << approximate;
    });
  return count;
}

// Testing significands is enough: within the range of float, a power of two only moves the point.

TEST(StraightQuotient, IsExactForEveryDenominatorAndTheNumeratorsThatAreHard) {
  std::int64_t count = 0;
  for (std::int64_t d = first_significand; d <= last_significand; ++d)
    count += expect_exact_quotients(d);
  EXPECT_GT(count, first_significand);
}

TEST(StraightQuotient, IsExactForEveryNumeratorOverASignificandOfOnes) {
  const float d = with_significand(last_significand);
  for (std::int64_t n = first_significand; n <= last_significand; ++n) {
    const float numerator = with_significand(n);
    ASSERT_EQ(straight_quotient(numerator, d, 1 / d), numerator / d) << std::hexfloat << numerator;
  }
}

TEST(StraightRoot, IsExactForEverySignificandAndInverseNearTheExactOne) {
  const double sufficient = std::exp2(-23.3);  // With 2^-23.29, two of all roots are an ulp off.
  for (std::int64_t s = first_significand; s <= 2 * last_significand + 1; ++s) {
    // From 1 to 4, because only the parity of the exponent matters.
    const float a =
        s <= last_significand ? with_significand(s) : 2 * with_significand(s - first_significand);
    const double exact = 1 / std::sqrt(static_cast<double>(a));
    const auto nearest = static_cast<float>(exact);
    for (const float inverse :
         {std::nextafter(nearest, 0.0F), nearest, std::nextafter(nearest, 2.0F)}) {
      if (std::fabs(inverse - exact) > sufficient * exact) continue;
      ASSERT_EQ(straight_root(a, inverse), std::sqrt(a)) << std::hexfloat << a << " " << inverse;
    }
  }
}

/// Draws floats of every sign and exponent with random significands, and special values: zeros,
/// infinities, NaN and the limits of float.
class Numbers {
 public:
  float next() {
    if (at_ == 4) {
      numbers_ = philox({counter_++, 0, 0, 0}, {0x5eed, 0});
      at_ = 0;
    }
    const std::uint32_t bits = numbers_[at_++];
    constexpr float special[] = {0.0F,
                                 -0.0F,
                                 INFINITY,
                                 -INFINITY,
                                 std::numeric_limits<float>::quiet_NaN(),
                                 std::numeric_limits<float>::min(),
                                 std::numeric_limits<float>::denorm_min(),
                                 std::numeric_limits<float>::max()};
    return bits % 64 < 8 ? special[bits % 8] : std::bit_cast<float>(bits);
  }

 private:
  std::uint32_t counter_ = 0;
  std::size_t at_ = 4;
  std::array<std::uint32_t, 4> numbers_ = {};
};

void expect_same(float found, float expected) {
  if (std::isnan(expected))
    EXPECT_TRUE(std::isnan(found)) << found;
  else
    EXPECT_EQ(std::bit_cast<std::uint32_t>(found), std::bit_cast<std::uint32_t>(expected))
        << std::hexfloat << found << " instead of " << expected;
}

using Four = Together<float, 4>;

Four four(Numbers& numbers) {
  Four result;
  for (float& value : result.value) value = numbers.next();
  return result;
}

TEST(Together, HasTheQuotientsAndRootsOfTheCpuForAllKindsOfNumbers) {
  Numbers numbers;
  for (int k = 0; k < 200'000; ++k) {
    const Four n = four(numbers);
    const Four d = four(numbers);
    const Four quotient = n / d;
    const Four root = sqrt(d);
    for (int i = 0; i < 4; ++i) {
      expect_same(quotient.value[i], n.value[i] / d.value[i]);
      expect_same(root.value[i], std::sqrt(d.value[i]));
    }
    if (testing::Test::HasFailure()) FAIL() << "in round " << k;
  }
}

TEST(Together, HasTheDirectionsOfTheAdamFamilyForAllKindsOfNumbers) {
  Numbers numbers;
  constexpr float scales[] = {1.0F, 1.0000001F, 31.6F, 1e6F};
  constexpr float offsets[] = {0.0F, 1e-30F, 1e-8F, 1.0F, 1e30F};
  for (int k = 0; k < 200'000; ++k) {
    const Four n = four(numbers);
    const Four squares = four(numbers);
    const float scale = scales[k % 4];
    const float offset = offsets[k % 5];
    const Four direction = n / fma(sqrt(squares), Four(scale), Four(offset));
    for (int i = 0; i < 4; ++i)
      expect_same(direction.value[i],
                  n.value[i] / std::fma(std::sqrt(squares.value[i]), scale, offset));
    if (testing::Test::HasFailure()) FAIL() << "in round " << k;
  }
}

TEST(Together, HasTheDirectionsOfTheAdamFamilyAroundTheBoundsOfStraightCode) {
  for (int root = -130; root <= 127; ++root)
    for (int quotient = -70; quotient <= 64; ++quotient) {
      // Squares slightly below, at and above each power of two; quotients near each power of two.
      Four squares;
      Four n;
      for (int i = 0; i < 4; ++i) {
        squares.value[i] = std::ldexp(0.9999999F + 0.0000001F * static_cast<float>(i), root);
        n.value[i] = std::ldexp(1.5F, quotient + root / 2);
      }
      const Four direction = n / fma(sqrt(squares), Four(1), Four(1e-30F));
      for (int i = 0; i < 4; ++i)
        expect_same(direction.value[i],
                    n.value[i] / std::fma(std::sqrt(squares.value[i]), 1.0F, 1e-30F));
      if (testing::Test::HasFailure()) FAIL() << root << " " << quotient;
    }
}

}  // namespace
}  // namespace lrscape::test
