#include "lrscape/bound/closed_forms.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "bound_sums.hpp"
#include "lrscape/bound/terms.hpp"

namespace lrscape::test {
namespace {

// (1 / (2 sqrt T)) [D^2/g + g G^2 (1 + ln T) + 3 g G^2 (1 + ln(T - 1))] at T = 2, where
// ln(T - 1) = 0.
TEST(ClosedForms, AreWhatTheirAuthorsWrote) {
  const double g = 0.5;
  EXPECT_DOUBLE_EQ(bound::omega(bound::orabona(2, 3), 2, g),
                   (4 / g + g * 9 * (1 + std::log(2.0)) + 3 * g * 9) / (2 * std::sqrt(2.0)));
  EXPECT_DOUBLE_EQ(bound::shamir_zhang(4, 2, 3), 6 * (2 + std::log(4.0)) / 2);
}

// These bounds of the same quantity are looser: they lie above the theorem's at every tested number
// of steps.
TEST(ClosedForms, AreNotBelowTheBoundOfTheTheorem) {
  for (const std::int64_t steps : {2, 10, 1000}) {
    const double omega = bound::optimal_omega(sums_of(eta_of("sqrt", steps)), 1);
    EXPECT_LT(omega, bound::optimal_omega(bound::orabona(steps, 1), 1));
    EXPECT_LT(omega, bound::shamir_zhang(steps, 1, 1));
  }
}

}  // namespace
}  // namespace lrscape::test
