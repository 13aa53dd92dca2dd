#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lrscape/schedule_spec.hpp"

namespace lrscape::test {

using Values = std::vector<double>;

/// The multipliers of a schedule, which is written as on the command line.
inline Values eta(const std::string& text, std::int64_t steps, std::int64_t steps_per_epoch = 1) {
  return evaluate(parse_schedule(text), steps, steps_per_epoch);
}

/// `expected` is worked by hand. `given` may be a few roundings off, within the four units in the
/// last place that EXPECT_DOUBLE_EQ allows.
inline void expect_values(const Values& given, const Values& expected) {
  ASSERT_EQ(given.size(), expected.size());
  for (std::size_t k = 0; k < given.size(); ++k)
    EXPECT_DOUBLE_EQ(given[k], expected[k]) << "at step " << k + 1;
}

}  // namespace lrscape::test
