#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "bound/history.hpp"
#include "schedule_cases.hpp"

namespace lrscape::test {
namespace {

TEST(BoundHistory, IsTheSumOverItsStepsHoweverItGrew) {
  for (const auto& [name, eta] : schedule_cases(700)) {
    const std::vector<double> norms(eta.size(), 2.0);
    bound::History history(700);
    std::size_t done = 0;
    for (const std::size_t more : {1UL, 62UL, 1UL, 1UL, 300UL, 335UL}) {
      history.append(std::span(eta).subspan(done, more), std::span(norms).subspan(done, more));
      done += more;
      for (const double path : {1e-6, 1.0, 1e3}) {
        long double sum = 0;
        long double distance = path;
        for (std::size_t k = done; k-- > 0;) {
          const long double moved = 2 * static_cast<long double>(eta[k]);
          sum += moved * (moved / distance);
          distance += eta[k];
        }
        if (sum > std::numeric_limits<double>::max()) continue;
        EXPECT_NEAR(static_cast<double>(history.field(path) / sum), 1, 1e-13)
            << name << ", " << done << " steps, " << path;
      }
    }
  }
}

}  // namespace
}  // namespace lrscape::test
