#pragma once

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

}  // namespace lrscape::test
