#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lrscape/bound/walk.hpp"
#include "lrscape/schedule_spec.hpp"

/// The sums S and B of a bound at one horizon, computed by bound::walk().
namespace lrscape::test {

using Values = std::vector<double>;

inline Values eta_of(const std::string& schedule, std::int64_t steps) {
  return evaluate(parse_schedule(schedule), steps, 1);
}

inline bound::Sums<double> sums_of(const Values& eta, const Values& norms) {
  return bound::settle(bound::walk<double>(
                           static_cast<std::int64_t>(eta.size()),
                           [&](std::int64_t t) { return eta[static_cast<std::size_t>(t - 1)]; },
                           [&](std::int64_t t) { return norms[static_cast<std::size_t>(t - 1)]; }),
                       eta.back());
}

inline bound::Sums<double> sums_of(const Values& eta) {
  return sums_of(eta, Values(eta.size(), 1.0));
}

}  // namespace lrscape::test
