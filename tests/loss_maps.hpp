#pragma once

#include <limits>
#include <vector>

#include "lrscape/analysis.hpp"

namespace lrscape::test {

using Values = std::vector<double>;

inline constexpr double not_run = std::numeric_limits<double>::quiet_NaN();

/// One seed.
inline LossMap map_of(const Values& rates, const Values& decays, const Values& losses) {
  return {rates, decays, {0}, losses};
}

}  // namespace lrscape::test
