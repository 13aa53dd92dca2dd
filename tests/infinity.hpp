#pragma once

#include <limits>

namespace lrscape {

inline constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace lrscape
