#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include "lrscape/numerics/normal.hpp"
#include "lrscape/numerics/pairwise_sum.hpp"
#include "lrscape/numerics/philox.hpp"

namespace lrscape {
namespace {

using Words = std::array<std::uint32_t, 4>;

// The three lines "philox4x32 10" of Random123's file kat_vectors.
TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// Expected values: from a short Philox in Python, checked against the known answers above, with
// counter = (index low, index high, stream, purpose) and key = (seed low, seed high).
TEST(RandomBits, KeepTheirPlaceInCounterAndKey) {
  EXPECT_EQ(random_bits(0x0123456789abcdef, RandomPurpose::train_noise, 7, 0xfedcba9876543210),
            0x6946a4cd5a3dd20eU);
  EXPECT_EQ(random_bits(0, RandomPurpose::train_features, 0, 0), 0x1348e23f2dce73e5U);
  EXPECT_EQ(random_bits(1, RandomPurpose::row_order, 2, 3), 0x2af3dcecf35f61e3U);
}

TEST(RandomBits, DependOnEveryBitOfWhatTheyAreFor) {
  constexpr auto purpose = RandomPurpose::row_order;
  std::set<std::uint64_t> seen = {random_bits(0, purpose, 0, 0)};
  std::size_t asked = 1;
  for (int bit = 0; bit < 64; ++bit, asked += 2) {
    seen.insert(random_bits(std::uint64_t{1} << bit, purpose, 0, 0));
    seen.insert(random_bits(0, purpose, 0, std::uint64_t{1} << bit));
  }
  for (int bit = 0; bit < 32; ++bit, ++asked)
    seen.insert(random_bits(0, purpose, std::uint32_t{1} << bit, 0));
  seen.insert(random_bits(0, RandomPurpose::held_out_rows, 0, 0));
  EXPECT_EQ(seen.size(), asked + 1);
}

TEST(Uniform, IsNeverZeroAndNeverOne) {
  constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(uniform(0), 0x1p-53);
  EXPECT_EQ(uniform(all), 1 - 0x1p-53);
  EXPECT_LT(uniform(all), 1);
}

TEST(Uniform, IsTheExactMidpointOfOneOfTwoToThe52Cells) {
  EXPECT_EQ(uniform(std::uint64_t{1} << 63), 0.5 + 0x1p-53);
  EXPECT_EQ(uniform((std::uint64_t{1} << 63) - 1), 0.5 - 0x1p-53);
  EXPECT_EQ(uniform(0xfff), uniform(0));  // The last 12 bits are dropped ...
  EXPECT_EQ(uniform(0x1000), 0x1.8p-52);  // ... and the next one steps to the next cell.
  for (const std::uint64_t bits : {0x0123456789abcdefU, 0xfedcba9876543210U, 0x5555555555555555U})
    EXPECT_EQ(uniform(~bits), 1 - uniform(bits));
}

struct Quantile {
  double probability;
  double value;
};

// mpmath 1.3 at 400 bits: the root x of log(erfc(-x / sqrt(2)) / 2) = log(p) for the double p. For
// p > 1/2, minus the root for 1 - p, which is exact.
constexpr std::array<Quantile, 25> quantiles = {{
    {0x1.0000000000000p-1, 0},
    {0x1.0000000000002p-1, 5.5658328493435343e-16},
    {0x1.fffffffffffffp-2, -1.3914582123358836e-16},
    {0x1.0000000000000p-2, -0.67448975019608171},
    {0x1.3333333333333p-2, -0.52440051270804078},
    {0x1.999999999999ap-4, -1.2815515655446004},
    {0x1.3333333333333p-1, 0.25334710313579972},
    {0x1.ccccccccccccdp-1, 1.2815515655446006},
    // On both sides of the seams of AS 241, |p - 1/2| = 0.425 and p = exp(-25).
    {0x1.3333333333333p-4, -1.4395314709384559},
    {0x1.3333333a126b3p-4, -1.4395314702320188},
    {0x1.32ca57a786c22p-4, -1.4402382675279637},
    {0x1.d99999999999ap-1, 1.4395314709384561},
    {0x1.d9a6b50b0f27cp-1, 1.4402382675279639},
    {0x1.c965971ea9c5cp-37, -6.6676114565107412},
    {0x1.e85becf7c761bp-37, -6.6579887597495704},
    {0x1.ec94ca210599ep-37, -6.6567230915181836},
    // Tails.
    {0x1.8d4fdf3b645a2p-6, -1.9729610513118849},
    {0x1.f45a1cac08312p-1, 2.0000024438996031},
    {0x1.0624dd2f1a9fcp-10, -3.0902323061678136},
    {0x1.0c6f7a0b5ed8dp-20, -4.7534243088228987},
    {0x1.19799812dea11p-40, -7.0344838253011321},
    {0x1.0000000000000p-52, -8.125890664701906},
    {0x1.0000000000000p-53, -8.2095361516013874},
    {0x1.fffffffffffffp-1, 8.2095361516013874},
    {0x1.56e1fc2f8f359p-997, -37.047096299361201},
}};

TEST(NormalQuantile, AgreesWithHighPrecision) {
  // The approximation itself is accurate to 1e-16. Numerator and denominator sum positive terms by
  // Horner's scheme. Their roundings, weighted by the share of the value that each affects, add up
  // to a few units of 2^-53. Argument, quotient and product add a few more.
  constexpr double tolerance = 16 * 0x1p-53;
  for (const auto& [probability, value] : quantiles)
    EXPECT_NEAR(normal_quantile(probability), value, tolerance * std::abs(value)) << probability;
}

TEST(NormalQuantile, IsOddAboutOneHalfToTheBit) {
  for (double p = 0.5; p >= 0x1p-53; p /= 2)
    EXPECT_EQ(normal_quantile(1 - p), -normal_quantile(p)) << p;
}

TEST(NormalQuantile, RisesOverTheWholeRangeOfUniform) {
  double last = -std::numeric_limits<double>::infinity();
  for (std::uint64_t k = 0; k <= 4096; ++k) {
    const std::uint64_t bits = k == 4096 ? std::numeric_limits<std::uint64_t>::max() : k << 52;
    const double value = normal_quantile(uniform(bits));
    EXPECT_GT(value, last) << k;
    last = value;
  }
}

/// Sums in the order of the definition: neighbours are added level by level, and an unpaired value
/// moves up unchanged.
template <class Real>
Real pairwise(const std::vector<Real>& blocks) {
  if (blocks.empty()) return 0;
  if (blocks.size() == 1) return blocks[0];
  std::vector<Real> above;
  for (std::size_t k = 0; k < blocks.size(); k += 2)
    above.push_back(k + 1 < blocks.size() ? blocks[k] + blocks[k + 1] : blocks[k]);
  return pairwise(above);
}

template <class Real>
Real tested(const std::vector<Real>& blocks) {
  PairwiseSums<Real, 1> sums;
  for (const Real block : blocks) {
    Real pushed[1] = {block};
    sums.push(pushed);
  }
  Real total[1] = {-1};
  sums.total(total);
  return total[0];
}

// Worked by hand. From 2^53 on, doubles are 2 apart and a sum halfway between two doubles rounds to
// the even one. So big + 1 = big, while big + 2, 1 - big and big - 1 are exact.
TEST(PairwiseSums, AddNeighboursLevelByLevel) {
  constexpr double big = 0x1p53;
  EXPECT_EQ(tested<double>({}), 0);
  EXPECT_EQ(tested<double>({3}), 3);
  EXPECT_EQ(tested<double>({big, 1}), big);
  // (b0 + b1) + b2, not b0 + (b1 + b2), which would give 1 and 0.
  EXPECT_EQ(tested<double>({big, 1, -big}), 0);
  EXPECT_EQ(tested<double>({-big, big, 1}), 1);
  // ((b0 + b1) + (b2 + b3)) + b4. Adding the blocks one by one would give 1 and big.
  EXPECT_EQ(tested<double>({big, 1, 1, -big, 1}), 2);
  EXPECT_EQ(tested<double>({big, 0, 1, 1, 0}), big + 2);
  // ((b0 + b1) + (b2 + b3)) + (b4 + b5). Adding the blocks one by one would give 0 and big.
  EXPECT_EQ(tested<double>({big, 1, 0, 0, 1, -big}), 1);
  EXPECT_EQ(tested<double>({big, 0, 0, 0, 1, 1}), big + 2);
  // ((b0 + b1) + (b2 + b3)) + ((b4 + b5) + b6). Adding b5 + b6 first would give 2 in the first
  // line.
  EXPECT_EQ(tested<double>({0, 0, 0, 0, big, 1, 1 - big}), 1);
  EXPECT_EQ(tested<double>({big, 0, 0, 0, 0, 1, 1}), big + 2);
}

/// Whole numbers of very different sizes and both signs, so that each order gives a different sum.
template <class Real>
std::vector<Real> rough_values(std::size_t count, std::uint64_t seed) {
  std::vector<Real> values(count);
  for (std::size_t k = 0; k < count; ++k) {
    const auto bits = random_bits(seed, RandomPurpose::train_noise, 0, k);
    const Real size = std::ldexp(Real(1), static_cast<int>(bits % 60));
    values[k] = ((bits >> 32 & 1U) != 0 ? size : -size) * static_cast<Real>(1 + (bits >> 40) % 97);
  }
  return values;
}

template <class Real>
void expect_the_reference_order() {
  int unlike_in_order = 0;
  for (std::size_t count = 1; count <= 70; ++count) {
    const auto values = rough_values<Real>(count, count);
    EXPECT_EQ(tested(values), pairwise(values)) << count << " blocks";
    Real in_order = 0;
    for (const Real value : values) in_order += value;
    unlike_in_order += in_order != pairwise(values) ? 1 : 0;
  }
  EXPECT_GT(unlike_in_order, 20);  // otherwise these values would not reveal the order
}

TEST(PairwiseSums, EqualARecursiveReferenceInDouble) { expect_the_reference_order<double>(); }

TEST(PairwiseSums, EqualARecursiveReferenceInFloat) { expect_the_reference_order<float>(); }

TEST(PairwiseSums, AreUnchangedByZeroBlocksAppended) {
  for (std::size_t count = 1; count <= 17; ++count) {
    auto values = rough_values<double>(count, 100 + count);
    const double sum = tested(values);
    for (int zeros = 1; zeros <= 20; ++zeros) {
      values.push_back(0);
      EXPECT_EQ(tested(values), sum) << count << " blocks and " << zeros << " zeros";
    }
  }
}

TEST(PairwiseSums, KeepTheirLanesApartAndMayBeAskedMidway) {
  PairwiseSums<double, 3> sums;
  std::array<std::vector<double>, 3> lanes;
  for (std::size_t k = 0; k < 11; ++k) {
    double pushed[3];
    for (std::size_t lane = 0; lane < 3; ++lane) {
      lanes[lane].push_back(rough_values<double>(11, lane)[k]);
      pushed[lane] = lanes[lane][k];
    }
    sums.push(pushed);
    double total[3];
    sums.total(total);
    for (std::size_t lane = 0; lane < 3; ++lane) EXPECT_EQ(total[lane], pairwise(lanes[lane]));
  }
}

template <class Real>
Real sum_of_squares(const std::vector<Real>& terms) {
  SumOfSquares<Real> sum;
  for (const Real term : terms) sum.add(term);
  return sum.total();
}

/// 1/p, 2/p, ..., 100/p: six blocks of 16 and one of 4.
template <class Real>
std::vector<Real> hundred_fractions(int p) {
  std::vector<Real> terms;
  for (int k = 1; k <= 100; ++k) terms.push_back(static_cast<Real>(k) / static_cast<Real>(p));
  return terms;
}

// Expected values: rational arithmetic in Python, rounded to 53 or 24 bits after every fused
// multiply-add and every addition of two blocks. The divisors were chosen so that the sum changes
// without fusion, with blocks of 8 or 32, with a single block, with the blocks added one by one, or
// with a single rounding at the end.
TEST(SumOfSquares, FusesInBlocksOf16AndAddsThemPairwise) {
  EXPECT_EQ(sum_of_squares(hundred_fractions<double>(205)), 0x1.01a31a58a2096p+3);
  EXPECT_EQ(sum_of_squares(hundred_fractions<double>(343)), 0x1.701e64d46f5dcp+1);
  EXPECT_EQ(sum_of_squares(hundred_fractions<float>(41)), 0x1.928edcp+7F);
}

TEST(SumOfSquares, IsUnchangedByZerosAppended) {
  auto terms = hundred_fractions<double>(205);
  terms.resize(117);
  EXPECT_EQ(sum_of_squares(terms), 0x1.01a31a58a2096p+3);
}

TEST(SumOfSquares, OfNothingIsZero) { EXPECT_EQ(sum_of_squares<double>({}), 0); }

}  // namespace
}  // namespace lrscape
