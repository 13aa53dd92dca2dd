#include "cli/remedies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lrscape {
namespace {

TEST(Remedies, NameAnOptionEach) {
  for (int k = 1; k <= static_cast<int>(Remedy::formula_or_method); ++k)
    EXPECT_THAT(cli::with_remedy("x", static_cast<Remedy>(k)), testing::MatchesRegex("x; .*--.*"))
        << k;
}

TEST(Remedies, FollowTheMessageOfAnError) {
  EXPECT_EQ(cli::with_remedy(InputError("map.zarr is taken", Remedy::other_result)),
            "map.zarr is taken; choose a different --out");
  EXPECT_EQ(cli::with_remedy(DeviceError("cuda:0 has failed")), "cuda:0 has failed");
}

}  // namespace
}  // namespace lrscape
